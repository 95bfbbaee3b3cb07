/** From the measurements of several pairs to the rows that set k6 beside pg. Pure. */
import { digits } from "../src/report/figures.ts";
import { medianOf, spreadOf } from "./spread.ts";
import { missing, spreadText } from "./table.ts";

/** One run. Times are microseconds; null: the sample does not support it. */
export interface EngineSide {
  /** What drives the sessions, of one transaction: the thread of Node's on pg, k6's whole process on k6. */
  readonly clientUs: number;
  /** Node's whole process, of one transaction: on pg that thread is part of it, on k6 it stands beside k6. */
  readonly nodeUs: number;
  readonly perSecond: number;
  readonly meanUs: number | null;
  readonly p50Us: number | null;
  readonly p99Us: number | null;
}

/** Measured one right after the other, with equal settings. */
export interface EnginePair {
  readonly pg: EngineSide;
  readonly k6: EngineSide;
}

type EngineName = keyof EnginePair;

/** Everything that runs on the client's side. */
function allUs(engine: EngineName, { clientUs, nodeUs }: EngineSide): number {
  return engine === "pg" ? nodeUs : clientUs + nodeUs;
}

interface Column {
  readonly title: string;
  readonly figure: (engine: EngineName, side: EngineSide) => number | null;
  readonly hasRatio: boolean;
}

const columns: readonly Column[] = [
  { title: "client us", figure: (_, side) => side.clientUs, hasRatio: true },
  // Of k6 it has no transaction in it: it says nothing beside pg's.
  { title: "Node us", figure: (_, side) => side.nodeUs, hasRatio: false },
  { title: "all us", figure: allUs, hasRatio: true },
  { title: "tx/s", figure: (_, side) => side.perSecond, hasRatio: true },
  { title: "mean us", figure: (_, side) => side.meanUs, hasRatio: true },
  { title: "p50 us", figure: (_, side) => side.p50Us, hasRatio: true },
  { title: "p99 us", figure: (_, side) => side.p99Us, hasRatio: true },
];

/** As long as `0.864 (0.815 to 0.918)`. */
const ratioLength = 22;

export const enginesHeading: readonly string[] = [
  "scenario".padEnd("point-read".length),
  "sessions",
  "engine",
  ...columns.map(({ title, hasRatio }) => (hasRatio ? title.padStart(ratioLength) : title)),
];

/** Medians of each engine, and below them the ratios of each pair: never of two medians. */
export function engineRows(row: {
  readonly scenario: string;
  readonly sessions: number;
  readonly pairs: readonly EnginePair[];
}): readonly (readonly string[])[] {
  const { scenario, sessions, pairs } = row;
  const start = (what: string) => [scenario, String(sessions), what];
  const medians = (engine: EngineName) =>
    columns.map(({ figure }) => {
      const values = pairs.flatMap((pair) => figure(engine, pair[engine]) ?? []);
      return values.length === 0 ? missing : digits(medianOf(values));
    });
  const ratios = columns.map(({ figure, hasRatio }) => {
    const values = pairs.flatMap(({ pg, k6 }) => ratioOf(figure("k6", k6), figure("pg", pg)));
    return hasRatio && values.length > 0 ? spreadText(spreadOf(values)) : missing;
  });
  return [
    [...start("pg"), ...medians("pg")],
    [...start("k6"), ...medians("k6")],
    [...start("k6/pg"), ...ratios],
  ];
}

/** None where one of the two could not be told. */
function ratioOf(one: number | null, other: number | null): readonly number[] {
  return one === null || other === null || other === 0 ? [] : [one / other];
}
