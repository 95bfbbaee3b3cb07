/** Which side of an A/B runs when. */
import type { Plan } from "../core/plan.ts";
import { namedStream } from "../core/random.ts";
import type { Performed, SeriesJob } from "../run/series.ts";

const sideNames = ["baseline", "candidate"] as const;
export type SideName = (typeof sideNames)[number];

export interface PlannedSide {
  /** Such as "variant current". */
  readonly name: string;
  readonly plan: Plan;
}

export interface Rounds {
  readonly sides: Readonly<Record<SideName, PlannedSide>>;
  /** In each of them both sides run once. */
  readonly rounds: number;
}

export interface SideJob extends SeriesJob {
  readonly side: SideName;
}

export type SideRun = Performed<SideJob>;

/** Who comes first in a round is drawn from the seed: neither side is always the one after the other. */
export function jobsOf({ sides, rounds }: Rounds): readonly SideJob[] {
  const { seed } = sides.candidate.plan;
  const all = Array.from({ length: rounds }, (_, round) =>
    namedStream(seed, "rounds", round).shuffled(sideNames),
  );
  return all.flat().map((side) => {
    const { name, plan } = sides[side];
    return { side, plan, purpose: `${side}, ${name}`, label: side };
  });
}
