/** The options of `loadgen sweep` beside those of a run, and what a sweep makes of the latter. */
import type { Command } from "commander";
import type { z } from "zod";
import { counts, wholeNumber } from "./option-values.ts";
import { collecting, UsageError } from "./problems.ts";
import { type Request, requestFrom } from "./run-request.ts";
import { declareRunOptions, sessionsMax } from "./run-options.ts";

const defaultCounts = "1,2,4,8,16,32,64";

/** Of a run; a sweep has many, and repeats them. */
const defaultDuration = "10s";
const defaultWarmup = "2s";

/** One run says nothing of how much two of them differ. */
const repeatsMin = 2;
const repeatsMax = 100;

export function declareSweepOptions(command: Command): void {
  declareRunOptions(command);
  const texts: Readonly<Record<string, string>> = {
    "--sessions": `a list of counts, at least four (default ${defaultCounts})`,
    "--duration": `measured time of each run (default ${defaultDuration})`,
    "--warmup": `load before the measured time of each run (default ${defaultWarmup})`,
  };
  for (const option of command.options) {
    option.description = texts[option.long ?? ""] ?? option.description;
  }
  command.option("--repeats <n>", "runs at each count of sessions (default 2, the least)");
}

/** What one run is asked for, at the largest count; and what the sweep is. */
export interface SweepAsked extends Request {
  /** Rising. */
  readonly counts: readonly number[];
  readonly repeats: number;
}

/** Throws a UsageError with every problem there is. */
export async function sweepFrom(
  words: readonly string[],
  given: Readonly<Record<string, unknown>>,
): Promise<SweepAsked> {
  const problems: string[] = [];
  const read = <T>(flag: string, schema: z.ZodType<T>, text: unknown): T | null => {
    const parsed = schema.safeParse(text);
    problems.push(...(parsed.error?.issues ?? []).map(({ message }) => `${flag}: ${message}`));
    return parsed.data ?? null;
  };
  const { repeats: repeatsText = String(repeatsMin), ...ofRun } = given;
  const sessions = read("--sessions", counts(sessionsMax), given.sessions ?? defaultCounts);
  const repeats = read("--repeats", wholeNumber(repeatsMin, repeatsMax), repeatsText);
  const request = await collecting(problems, () => requestFrom(words, runOptions(ofRun, sessions)));
  problems.push(...(request === null ? [] : problemsOf(request, sessions ?? [])));
  if (problems.length > 0 || request === null || sessions === null || repeats === null) {
    throw new UsageError(problems);
  }
  return { ...request, counts: sessions, repeats };
}

/** The options of a run at the largest count. */
function runOptions(
  given: Readonly<Record<string, unknown>>,
  sessions: readonly number[] | null,
): Readonly<Record<string, unknown>> {
  const isRepeated = given.repeat !== undefined;
  const hasLength = isRepeated || given.duration !== undefined || given.transactions !== undefined;
  return {
    ...(hasLength ? {} : { duration: defaultDuration }),
    ...(isRepeated ? {} : { warmup: defaultWarmup }),
    ...given,
    sessions: sessions === null ? undefined : String(sessions.at(-1)),
  };
}

function problemsOf({ plan, options }: Request, sessions: readonly number[]): readonly string[] {
  const [fewest = 1] = sessions;
  return [
    ...(plan.rate === null
      ? []
      : ["--rate: in an open loop throughput is what is offered: expected a sweep without it"]),
    ...(options.keep === true
      ? ["--keep: a sweep has too many databases: keep that of a run"]
      : []),
    ...(plan.workers > fewest
      ? [`--workers: expected at most one a session, of the smallest count (${fewest}), too`]
      : []),
  ];
}
