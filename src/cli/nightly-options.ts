/** The options of `loadgen nightly`; what its runs are asked for is in the suite. */
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { home } from "./target.ts";
import { collecting, failOn, UsageError } from "./problems.ts";
import { readSuite, type Suite } from "./suite-file.ts";

const defaultSuite = "nightly";

export function declareNightlyOptions(command: Command): void {
  command
    .option(
      "--suite <file>",
      `a suite's file, or the name of one of loadgen's (default ${defaultSuite})`,
    )
    .option(
      "--history <file>",
      "where the nights are kept (default LOADGEN_HOME/history/<suite>.ndjson)",
    )
    .option("--url <url>", "a server of your own (else PGHOST and so on, else embedded)")
    .option("--out <folder>", "where to write (default reports/<time>-<suite>)")
    .option("--quiet", "no live lines")
    .option("--json", "the final result on stdout, nothing else there");
}

export interface NightlyOptions {
  /** Absolute. */
  readonly history: string;
  /** Null: the default. */
  readonly out: string | null;
  readonly url: string | undefined;
  readonly quiet: boolean;
  readonly json: boolean;
}

export interface NightAsked {
  readonly suite: Suite;
  readonly options: NightlyOptions;
}

/** Throws a UsageError with every problem there is. */
export async function nightFrom(
  words: readonly string[],
  given: Readonly<Record<string, unknown>>,
): Promise<NightAsked> {
  const problems = words.map((word) =>
    word.startsWith("-")
      ? `unknown option ${word.split("=")[0] ?? word}: see loadgen nightly --help`
      : `unexpected "${word}": what is run is in the suite; expected options`,
  );
  const text = (name: string) => (typeof given[name] === "string" ? given[name] : null);
  const url = text("url") ?? undefined;
  const suite = await collecting(problems, () =>
    readSuite(text("suite") ?? defaultSuite, url === undefined ? {} : { url }),
  );
  failOn(problems);
  if (suite === null) throw new UsageError(problems);
  const history = resolve(text("history") ?? join(home(), "history", `${suite.name}.ndjson`));
  const [quiet, json] = [given.quiet === true, given.json === true];
  return { suite, options: { history, out: text("out"), url, quiet, json } };
}
