/** Which side runs when, and the runs of all rounds one after another. */
import type { Plan } from "../core/plan.ts";
import { namedStream } from "../core/random.ts";
import { type Performed, Series, type SeriesJob, type SeriesRequest } from "../run/series.ts";

/** Of an A/B. */
export type SideName = "baseline" | "candidate";

export interface PlannedSide {
  /** Such as "variant current". */
  readonly name: string;
  readonly plan: Plan;
}

export interface Rounds<Side extends string = SideName> {
  /** Their plans have one seed. */
  readonly sides: Readonly<Record<Side, PlannedSide>>;
  /** In each of them every side runs once. */
  readonly rounds: number;
}

export interface SideJob<Side extends string = SideName> extends SeriesJob {
  readonly side: Side;
  /** From 1. */
  readonly round: number;
}

export type SideRun<Side extends string = SideName> = Performed<SideJob<Side>>;

/** Who comes first in a round is drawn from the seed: no side is always the one after another. */
export function jobsOf<Side extends string>({
  sides,
  rounds,
}: Rounds<Side>): readonly SideJob<Side>[] {
  const names = Object.keys(sides) as Side[];
  return Array.from({ length: rounds }, (_, index) =>
    namedStream(seedOf(sides), "rounds", index)
      .shuffled(names)
      .map((side) => jobOf(side, sides[side], index + 1)),
  ).flat();
}

function seedOf(sides: Readonly<Record<string, PlannedSide>>): number {
  const [first] = Object.values(sides);
  if (first === undefined) throw new Error("rounds without a side");
  return first.plan.seed;
}

function jobOf<Side extends string>(
  side: Side,
  { name, plan }: PlannedSide,
  round: number,
): SideJob<Side> {
  const purpose = name === side ? name : `${side}, ${name}`;
  return { side, round, plan, purpose, label: side };
}

export interface PerformedRounds<Side extends string = SideName> {
  /** In the order performed; without those that another one stands for. */
  readonly runs: readonly SideRun<Side>[];
  /** The run that the user stopped half way; null: there is none. */
  readonly cutOff: SideRun<Side> | null;
  /** How many runs were to be made. */
  readonly planned: number;
  /** What stopped it before its end. */
  readonly signal: "SIGINT" | "SIGTERM" | null;
}

/** Rejects with what a run rejects with, unless it was stopped: what there is by then counts. */
export async function performedRounds<Side extends string>(
  request: Rounds<Side> & SeriesRequest<SideJob<Side>>,
): Promise<PerformedRounds<Side>> {
  const { interrupted } = request;
  const series = new Series(request);
  const jobs = jobsOf(request);
  const runs: SideRun<Side>[] = [];
  try {
    for (const job of jobs) runs.push(await series.run(job));
  } catch (reason) {
    if (!interrupted.aborted) throw reason;
  }
  return {
    runs,
    cutOff: series.cutOff,
    planned: jobs.length,
    signal: interrupted.aborted ? (interrupted.reason as "SIGINT" | "SIGTERM") : null,
  };
}
