/** From the measurements of several pairs to one row of the table. Pure. */
import { digits } from "../src/report/figures.ts";
import { medianOf, spreadOf } from "./spread.ts";
import { missing, spreadText } from "./table.ts";

export interface PgbenchSide {
  /** Client CPU of one transaction. */
  readonly cpuUs: number;
  readonly perSecond: number;
}

export interface LoadgenSide {
  /** Client CPU of one transaction, everything included. */
  readonly totalUs: number;
  /** Without what the same number of idle sessions cost in the same time. */
  readonly netUs: number;
  readonly perSecond: number;
}

/** Measured one right after the other. */
export interface Pair {
  /** Null: not installed. */
  readonly pgbench: PgbenchSide | null;
  readonly loadgen: LoadgenSide;
}

export const comparisonHeading = [
  "sessions",
  "pgbench us",
  "loadgen us",
  "fixed ms/s",
  "net us",
  "net/pgbench (min to max)",
  "loadgen/pgbench (min to max)",
  "pgbench tx/s",
  "loadgen tx/s",
  "tx/s ratio (min to max)",
] as const;

/** Medians, and ratios of each pair: never of two medians, for those may come from different pairs. */
export function comparisonCells(row: {
  readonly sessions: number;
  readonly fixedMsPerSecond: number;
  readonly pairs: readonly Pair[];
}): readonly string[] {
  const loadgen = row.pairs.map((pair) => pair.loadgen);
  const pgbench = row.pairs.flatMap((pair) => pair.pgbench ?? []);
  const ofLoadgen = (figure: (side: LoadgenSide) => number) =>
    digits(medianOf(loadgen.map(figure)));
  const ofPgbench = (figure: (side: PgbenchSide) => number) =>
    pgbench.length === 0 ? missing : digits(medianOf(pgbench.map(figure)));
  const ratio = (figure: (side: LoadgenSide) => number, to: (side: PgbenchSide) => number) => {
    const ratios = row.pairs.flatMap((pair) =>
      pair.pgbench === null ? [] : figure(pair.loadgen) / to(pair.pgbench),
    );
    return ratios.length === 0 ? missing : spreadText(spreadOf(ratios));
  };
  return [
    String(row.sessions),
    ofPgbench((side) => side.cpuUs),
    ofLoadgen((side) => side.totalUs),
    digits(row.fixedMsPerSecond),
    ofLoadgen((side) => side.netUs),
    ratio(
      (side) => side.netUs,
      (side) => side.cpuUs,
    ),
    ratio(
      (side) => side.totalUs,
      (side) => side.cpuUs,
    ),
    ofPgbench((side) => side.perSecond),
    ofLoadgen((side) => side.perSecond),
    ratio(
      (side) => side.perSecond,
      (side) => side.perSecond,
    ),
  ];
}
