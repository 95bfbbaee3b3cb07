/** By how much the server's counters grew between two snapshots, column by column. Pure. */
import type { CounterSnapshot } from "./counters.ts";
import type { CounterRow } from "./reading.ts";

/** What was counted in one place: a view, or a table with its partitions. */
export interface Growth {
  readonly place: string;
  /** Of columns that grew, the most first; those that did not are left out. */
  readonly counters: readonly { readonly name: string; readonly grown: number }[];
  /** How many did not grow. */
  readonly unchanged: number;
}

export type Grown =
  | { readonly kind: "known"; readonly growths: readonly Growth[] }
  /** The server was started in between, and may have lost its counts. */
  | { readonly kind: "restarted" };

const views = [
  ["pg_stat_database", ({ database }: CounterSnapshot) => database],
  ["pg_stat_wal", ({ wal }: CounterSnapshot) => wal],
  ["pg_stat_bgwriter", ({ backgroundWriter }: CounterSnapshot) => backgroundWriter],
  ["pg_stat_checkpointer", ({ checkpointer }: CounterSnapshot) => checkpointer],
] as const;

/** A view that one of the snapshots lacks, or that was reset in between, is left out. */
export function growthBetween(before: CounterSnapshot, after: CounterSnapshot): Grown {
  if (before.startedAt !== after.startedAt) return { kind: "restarted" };
  const ofViews = views.map(([place, row]) => growthOf(place, row(before), row(after)));
  const roots = Object.entries(after.tables?.byRoot ?? {}).map(([place, counts]) =>
    growthOf(place, rowOf(before.tables?.byRoot[place]), rowOf(counts)),
  );
  const tables = roots.filter((growth) => growth !== null).sort(byMost);
  return { kind: "known", growths: [...ofViews.filter((one) => one !== null), ...tables] };
}

/** Sizes, and what is alive now, are no counters, but they grow, too. */
function rowOf(counts: object | undefined): CounterRow | null {
  return counts === undefined ? null : { ...counts };
}

function growthOf(
  place: string,
  before: CounterRow | null,
  after: CounterRow | null,
): Growth | null {
  if (before === null || after === null || before.stats_reset !== after.stats_reset) return null;
  const all = Object.entries(after).flatMap(([name, value]) => {
    const earlier = before[name];
    // Identifiers are numbers, too, and do not change.
    return typeof value === "number" && typeof earlier === "number" && name !== "datid"
      ? [{ name, grown: value - earlier }]
      : [];
  });
  const counters = all
    .filter(({ grown }) => grown !== 0)
    .sort((one, other) => Math.abs(other.grown) - Math.abs(one.grown));
  return { place, counters, unchanged: all.length - counters.length };
}

function byMost(one: Growth, other: Growth): number {
  return most(other) - most(one);
}

function most({ counters }: Growth): number {
  return Math.abs(counters[0]?.grown ?? 0);
}
