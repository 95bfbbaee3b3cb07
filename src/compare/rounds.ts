/** Which side runs when, and the runs of all rounds one after another. */
import type { Plan } from "../core/plan.ts";
import { namedStream } from "../core/random.ts";
import type { RunResult } from "../run/result.ts";
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

/**
 * As many rounds as there are sides have each side once at each place; which of them comes when is
 * drawn from the seed. Nor is a side always the one after another: of an even number of sides each
 * follows each other one once in so many rounds, of an odd number twice in twice as many.
 */
export function jobsOf<Side extends string>({
  sides,
  rounds,
}: Rounds<Side>): readonly SideJob<Side>[] {
  const names = Object.keys(sides) as Side[];
  const seed = seedOf(sides);
  const drawn = namedStream(seed, "sides").shuffled(names);
  return Array.from({ length: rounds }, (_, index) => {
    const block = Math.floor(index / names.length);
    const rows = namedStream(seed, "rounds", block).shuffled(balancedRows(drawn, block));
    const row = rows[index % names.length] ?? [];
    return row.map((side) => jobOf(side, sides[side], index + 1));
  }).flat();
}

/**
 * E. J. Williams, Experimental designs balanced for the estimation of residual effects of treatments,
 * 1949: a Latin square whose first row is 0, 1, k - 1, 2, k - 2 and so on, each further one this plus
 * 1, modulo k. An odd k takes a second one, which is the first from right to left.
 */
function balancedRows<Side>(sides: readonly Side[], block: number): readonly (readonly Side[])[] {
  const count = sides.length;
  const firstRow = sides.map((_, place) => (place % 2 === 1 ? (place + 1) / 2 : count - place / 2));
  const rows = sides.map((_, row) =>
    firstRow.flatMap((number) => sides.slice((number + row) % count).slice(0, 1)),
  );
  return count % 2 === 1 && block % 2 === 1 ? rows.map((row) => row.toReversed()) : rows;
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

function tookNoEffect({ result }: { readonly result: RunResult }): boolean {
  return result.verdict.exitCode === 95;
}

/**
 * Rejects with what a run rejects with, unless it was stopped: what there is by then counts. It ends
 * after the first round where nothing took effect in any run of it: a statement with a mistake in it,
 * for one, fails in every further one as well.
 */
export async function performedRounds<Side extends string>(
  request: Rounds<Side> & SeriesRequest<SideJob<Side>>,
): Promise<PerformedRounds<Side>> {
  const { interrupted } = request;
  const series = new Series(request);
  const jobs = jobsOf(request);
  const runs: SideRun<Side>[] = [];
  try {
    for (const job of jobs) {
      if (job.round > 1 && runs.every(tookNoEffect)) break;
      runs.push(await series.run(job));
    }
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
