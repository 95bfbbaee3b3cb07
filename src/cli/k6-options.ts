/** The commands of `loadgen k6`, with what each may be given. */
import type { Command } from "commander";
import type { ExitCode } from "../core/verdict.ts";
import { k6Build } from "./commands/k6.ts";
import { type CollectOptions, k6Collect } from "./commands/k6-collect.ts";
import { k6Export } from "./commands/k6-export.ts";
import { k6Prepare, type PrepareOptions } from "./commands/k6-prepare.ts";
import { declareRunOptions } from "./run-options.ts";

/** What becomes of a command's text, and of its exit code. */
interface Ends {
  readonly print: (text: string) => void;
  readonly exit: (code: ExitCode) => void;
}

export function declareK6(loadgen: Command, { print, exit }: Ends): void {
  const k6 = loadgen.command("k6").description("the engine k6");
  k6.command("build")
    .description("builds k6 with SQL, which --engine k6 runs; needs Go")
    .action(async () => print(await k6Build(print)));
  declareManyMachines(k6, exit);
}

function declareManyMachines(k6: Command, exit: Ends["exit"]): void {
  const exported = k6
    .command("export [words...]")
    .usage("<scenario> --parallelism <n> --out <folder> [options of run]")
    .description("writes what the k6-operator needs to run it on many machines")
    .option("--parallelism <n>", "how many runners, each a pod")
    .option("--image <name>", "what the runners' image is called", "loadgen-k6:latest")
    .allowUnknownOption()
    .action(async (words: string[], options: Record<string, unknown>) =>
      exit(await k6Export(words, options)),
    );
  declareRunOptions(exported);
  k6.command("prepare <folder>")
    .description("of a run that was exported: makes its database, once, before the runners start")
    .option("--url <url>", "the server, as the runners reach it")
    .option("--pooled <n>", "the sessions go through a pooler, which has n connections for them")
    .action(async (folder: string, options: PrepareOptions) =>
      exit(await k6Prepare(folder, options)),
    );
  k6.command("collect <folder>")
    .description("puts together what the runners printed, audits, judges, and drops the database")
    .option("--url <url>", "the server")
    .option("--lines <files...>", "what the runners printed, or folders of it")
    .option("--watched", "loadgen watch, or somebody else, worked in the database meanwhile")
    .option("--out <folder>", "where to write (default reports/<time>-<scenario>)")
    .option("--json", "the result on stdout, nothing else there")
    .action(async (folder: string, options: CollectOptions) =>
      exit(await k6Collect(folder, options)),
    );
}
