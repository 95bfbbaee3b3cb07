/** The faults that are asked for, one by one: a schedule is drawn here, and the plan has only what came of it. */
import {
  type Candidate,
  type Drawing,
  isSchedule,
  scheduledTexts,
} from "../core/chaos-schedule.ts";
import { parseFaultText } from "../core/fault-text.ts";
import type { Fault } from "../faults/fault.ts";
import { faults } from "../faults/index.ts";

/** Which run it is drawn for. */
export interface ScheduledRun {
  readonly seed: number;
  readonly durationMs: number | null;
  /** Null: the embedded server. */
  readonly url: string | null;
  readonly existing: boolean;
}

/** `given`: as given with --chaos. What cannot be read is passed on: whoever reads it says what is wrong. */
export function faultTexts(
  given: readonly string[],
  run: ScheduledRun,
): { readonly texts: readonly string[]; readonly problems: readonly string[] } {
  let texts = given.filter((text) => !isSchedule(text));
  const problems: string[] = [];
  for (const schedule of given.filter(isSchedule)) {
    const drawn = scheduledTexts(schedule, drawingOf(run, texts));
    if (drawn.ok) texts = [...texts, ...drawn.value];
    else problems.push(...drawn.problems.map((problem) => `--chaos: ${problem}`));
  }
  return { texts, problems };
}

function drawingOf(run: ScheduledRun, named: readonly string[]): Drawing {
  return {
    seed: run.seed,
    durationMs: run.durationMs,
    candidates: faults.filter(needsNothing).map(candidate),
    radius: furthest(run),
    named: named.flatMap((text) => {
      const read = parseFaultText(text);
      const fault = read.ok && faults.find(({ name }) => name === read.value.name);
      return fault ? [{ ...read.value, ...candidate(fault) }] : [];
    }),
  };
}

function candidate({ name, radius }: Fault): Candidate {
  return { name, radius };
}

/** Nor time: a side task that is cut short proves nothing. */
function needsNothing({ parameters, endsByItself }: Fault): boolean {
  if (endsByItself) return false;
  return Object.values(parameters).every((limits) => limits.default !== null);
}

/** As far as a run goes without anybody's consent. */
function furthest({ url, existing }: ScheduledRun): Candidate["radius"] {
  if (existing) return "session";
  return url === null ? "host" : "database";
}
