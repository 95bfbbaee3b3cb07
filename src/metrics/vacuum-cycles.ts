/**
 * Do dead rows and sizes level off from one vacuum to the next, or does each cycle leave more behind
 * than the one before? Dead rows rise and fall with every vacuum, so only like points of the cycles are
 * compared. Pure.
 */
import { kendall, slopeOf } from "./drift.ts";
import { medianOf } from "./median.ts";

/** A table tree at some time. */
export interface TableReading {
  readonly atMs: number;
  /** Ended so far, by hand and by autovacuum, over all leaves. */
  readonly vacuums: number;
  readonly deadTuples: number;
  readonly tableBytes: number;
  readonly indexBytes: number;
}

export interface Level {
  readonly kind: "levels-off" | "grows";
  /** The median of the later cycles. */
  readonly level: number;
  /** A cycle, as a share of the level. */
  readonly growth: number;
}

export type Levels =
  | {
      readonly kind: "not-judged";
      readonly cycles: number;
      readonly needed: number;
      /** That ended meanwhile: none at all is no matter of too short a time. */
      readonly vacuums: number;
      /** At the first reading, and at the last; 0 without any. */
      readonly deadTuplesFirst: number;
      readonly deadTuplesLast: number;
    }
  | {
      readonly kind: "judged";
      readonly cycles: number;
      /** At the peak of each cycle. */
      readonly deadTuples: Level;
      /** At the end of each cycle, when the server knows them. */
      readonly tableBytes: Level;
      readonly indexBytes: Level;
    };

/** With fewer points there are not even two steps to compare. */
const cyclesMin = 3;

/**
 * `readings`: in the order of their times. `leaves`: how many of its partitions were vacuumed at all; a
 * cycle of a tree has as many vacuums, and at least one reading. What comes before the first vacuum is a
 * cycle that began before the run, what comes after the last none that ended: neither counts.
 */
export function levelsOf(readings: readonly TableReading[], leaves: number): Levels {
  const cycles = cyclesIn(readings, leaves);
  if (cycles.length < cyclesMin) {
    return {
      kind: "not-judged",
      cycles: cycles.length,
      needed: cyclesMin,
      vacuums: newVacuums(readings).reduce((sum, count) => sum + count, 0),
      deadTuplesFirst: readings[0]?.deadTuples ?? 0,
      deadTuplesLast: readings.at(-1)?.deadTuples ?? 0,
    };
  }
  const atEnd = (size: (reading: TableReading) => number) =>
    levelOf(cycles.map(({ end }) => size(end)));
  return {
    kind: "judged",
    cycles: cycles.length,
    deadTuples: levelOf(
      cycles.map(({ readings: seen }) => Math.max(...seen.map(({ deadTuples }) => deadTuples))),
    ),
    tableBytes: atEnd(({ tableBytes }) => tableBytes),
    indexBytes: atEnd(({ indexBytes }) => indexBytes),
  };
}

interface Cycle {
  /** From just after a round of vacuums to just before the next one was over; at least one. */
  readonly readings: readonly TableReading[];
  /** Just after that. */
  readonly end: TableReading;
}

function cyclesIn(readings: readonly TableReading[], leaves: number): readonly Cycle[] {
  const cycles: Cycle[] = [];
  let cycle: TableReading[] = [];
  let vacuums = 0;
  const ended = newVacuums(readings);
  for (const [index, reading] of readings.entries()) {
    vacuums += ended[index] ?? 0;
    if (vacuums >= leaves && leaves > 0) {
      cycles.push({ readings: cycle, end: reading });
      // What is dead by now has died since.
      cycle = [];
      vacuums = 0;
    }
    cycle.push(reading);
  }
  return cycles.slice(1);
}

/** Ended since the reading before; none before the first. */
function newVacuums(readings: readonly TableReading[]): readonly number[] {
  return readings.map(({ vacuums }, index) => {
    const count = vacuums - (readings[index - 1]?.vacuums ?? vacuums);
    // A count that fell began anew, with a table that was made anew.
    return count < 0 ? vacuums : count;
  });
}

/** As much a matter as for a run's own drift: src/metrics/drift.ts. */
const riseMin = 0.1;

/** Of all pairs of cycles three in four have the later one larger. */
const tauMin = 0.5;

/**
 * The later half alone, for a table is small at first and finds its size; at least three cycles. It
 * grows where both hold: by the slope of Sen it rose by a tenth from the first of them to the last, and
 * Kendall's tau, rising pairs less falling ones by all pairs, is a half or more. Both, for a steady
 * series of few and noisy values has a slope by chance, and one that creeps upwards in perfect order by
 * a thousandth is none to be warned of. As its test counts it, of steady series whose cycles differ by
 * 5 % it calls 6 % growing from 3 to 6 cycles, 3 % from 10 and 1 % from 20; where they differ by 20 %,
 * 17 % from 3 (one of the six orders of three values rises), 14 % from 6, 11 % from 10 and 1 % from 20.
 */
function levelOf(values: readonly number[]): Level {
  const later = values.slice(-Math.max(cyclesMin, Math.ceil(values.length / 2)));
  const level = medianOf(later);
  const pairs = (later.length * (later.length - 1)) / 2;
  const slope = slopeOf(later);
  const tau = kendall(later).score / pairs;
  const rise = slope * (later.length - 1);
  const grows = rise > 0 && rise >= riseMin * level && tau >= tauMin;
  return {
    kind: grows ? "grows" : "levels-off",
    level,
    growth: level === 0 ? 0 : slope / level,
  };
}
