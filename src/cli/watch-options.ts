/** The options of `loadgen watch`: their help, and what each may be given. */
import type { Command } from "commander";
import { z } from "zod";
import { duration, wholeNumber } from "./option-values.ts";
import { UsageError } from "./problems.ts";

/** More than any driver has. */
const clientsMax = 1_000_000;

/** A longer timer would overflow; nobody looks on for longer. */
const durationMsMax = 24 * 60 * 60 * 1000;

const nameExpected = "expected what the application_name of the load's connections begins with";

const schema = z.object({
  url: z.string().optional(),
  applicationName: z.string({ error: nameExpected }).min(1, nameExpected),
  duration: duration("30s", 1000).refine((ms) => ms <= durationMsMax, "expected at most 24h"),
  clients: wholeNumber(1, clientsMax).optional(),
  json: z.literal(true).optional(),
  quiet: z.literal(true).optional(),
});

export type WatchOptions = z.output<typeof schema>;

export function declareWatchOptions(command: Command): void {
  command
    .option("--url <url>", "the load's server (else PGHOST and so on, else embedded)")
    .option("--application-name <name>", "what the application_name of its connections begins with")
    .option("--duration <time>", "how long to watch", "30s")
    .option("--clients <n>", "how many clients the load's driver says it drives")
    .option("--quiet", "no live lines")
    .option("--json", "the result on stdout, nothing else there");
}

/** `words`: what stands on the command line beside known options. Throws a UsageError with every problem there is. */
export function parseWatchOptions(
  words: readonly string[],
  given: Readonly<Record<string, unknown>>,
): WatchOptions {
  const parsed = schema.safeParse(given);
  const issues = parsed.error?.issues ?? [];
  const problems = [
    ...words.map((word) =>
      word.startsWith("-")
        ? `unknown option ${word}: see loadgen watch --help`
        : `expected options only, got "${word}"`,
    ),
    ...issues.map(({ path, message }) => `--${kebabCase(String(path[0]))}: ${message}`),
  ];
  if (problems.length > 0 || !parsed.success) throw new UsageError(problems);
  return parsed.data;
}

function kebabCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
