/**
 * The figures by which variants are held against one another: one number a run each, 0 among them.
 * A further one is a line in `ofServer`.
 */
import { type FigureKind, figureKind, measuredFigures } from "../run/figures.ts";
import type { AnyResult } from "../run/result.ts";

export interface VariantFigureKind extends FigureKind {
  readonly name: string;
  /**
   * Where one of them is 0 there is no ratio: a difference below it, in the figure's unit, matters
   * to nobody, whatever share of almost nothing it is.
   */
  readonly least: number;
}

interface ServerFigure extends VariantFigureKind {
  /** Null: it was not measured. */
  readonly of: (run: AnyResult) => number | null;
}

/** Beside those of every run. */
const ofServer: readonly ServerFigure[] = [
  {
    ...{ name: "WAL records per transaction", unit: "records", better: "lower" },
    ...{ margin: 0.05, least: 1 },
    of: ({ serverPerTransaction: { walRecords } }) => walRecords,
  },
  {
    ...{ name: "whole pages in WAL per transaction", unit: "pages", better: "lower" },
    ...{ margin: 0.2, least: 0.1 },
    of: ({ serverPerTransaction: { walFullPages } }) => walFullPages,
  },
  {
    ...{ name: "buffers read per transaction", unit: "buffers", better: "lower" },
    ...{ margin: 0.2, least: 1 },
    of: ({ serverPerTransaction: { buffersRead } }) => buffersRead,
  },
  {
    ...{ name: "HOT share of updates", unit: "share", better: "higher" },
    ...{ margin: 0.1, least: 0.01 },
    of: ({ serverPerTransaction: { hotShare } }) => hotShare,
  },
  {
    ...{ name: "table growth per transaction", unit: "bytes", better: "lower" },
    ...{ margin: 0.2, least: 100 },
    of: ({ serverPerTransaction: { tableBytesGrown } }) => tableBytesGrown,
  },
  {
    ...{ name: "index growth per transaction", unit: "bytes", better: "lower" },
    ...{ margin: 0.2, least: 100 },
    of: ({ serverPerTransaction: { indexBytesGrown } }) => indexBytesGrown,
  },
  {
    ...{ name: "function time per transaction", unit: "us", better: "lower" },
    ...{ margin: 0.1, least: 10 },
    of: ({ serverPerTransaction: { functionUs } }) => functionUs,
  },
  {
    ...{ name: "sessions waiting for locks", unit: "sessions", better: "lower" },
    ...{ margin: 0.2, least: 0.1 },
    of: ({ locks }) => locks.waiting?.mean ?? null,
  },
];

/** Of figures that every run has: those that may be 0, as throughput and times are not. */
const leastOf: Readonly<Record<string, number>> = {
  "WAL per transaction": 100,
  "dead rows per transaction": 0.5,
  "buffers per transaction": 1,
  "client CPU per transaction": 10,
};

/** Figures that a run has for each of something, and that are called after it. */
interface FigureByName extends Omit<VariantFigureKind, "name"> {
  readonly prefix: string;
  readonly of: (run: AnyResult) => Readonly<Record<string, number>>;
}

const byName: readonly FigureByName[] = [
  {
    prefix: "buffers per statement of ",
    // As those of a transaction, whose kind is known.
    ...{ ...figureKind("buffers per transaction"), least: 1 },
    of: statementBuffers,
  },
  {
    prefix: "hit share of ",
    ...{ unit: "share", better: "higher", margin: 0.1, least: 0.01 },
    of: ({ stores }) => ratios(stores, ({ hits, asked }) => [hits, asked]),
  },
  {
    prefix: "stale share of hits of ",
    ...{ unit: "share", better: "lower", margin: 0.2, least: 0.001 },
    of: ({ stores }) => ratios(stores, ({ stale, hits }) => [stale, hits]),
  },
  {
    prefix: "bytes per entry of ",
    ...{ unit: "bytes", better: "lower", margin: 0.1, least: 10 },
    of: ({ stores }) => ratios(stores, ({ bytes, entries }) => [bytes, entries]),
  },
];

/** Of those with something to divide by. */
function ratios<T>(
  all: Readonly<Record<string, T>>,
  parts: (one: T) => readonly [number, number],
): Readonly<Record<string, number>> {
  const found = Object.entries(all).flatMap(([name, one]) => {
    const [part, whole] = parts(one);
    return whole === 0 ? [] : [[name, part / whole] as const];
  });
  return Object.fromEntries(found);
}

/** Of all these runs, in order. */
export function variantFigureKinds(runs: readonly AnyResult[]): readonly VariantFigureKind[] {
  const names = new Set(runs.flatMap((run) => Object.keys(measuredFigures(run))));
  const ofEveryRun = [...names].map((name) => ({
    name,
    ...figureKind(name),
    least: leastOf[name] ?? 0,
  }));
  const called = byName.flatMap(({ prefix, of, ...kind }) => {
    const own = new Set(runs.flatMap((run) => Object.keys(of(run))));
    return [...own].map((name) => ({ ...kind, name: prefix + name }));
  });
  return [...ofEveryRun, ...ofServer, ...called];
}

/** By name. What was not measured, or not by the loadgen that stored it, is null. */
export function variantFigures(run: AnyResult): Readonly<Record<string, number | null>> {
  const server = ofServer.map(({ name, of }) => [name, of(run) ?? null] as const);
  const called = byName.flatMap(({ prefix, of }) =>
    Object.entries(of(run)).map(([name, value]) => [prefix + name, value] as const),
  );
  return {
    ...measuredFigures(run),
    ...Object.fromEntries(server),
    ...Object.fromEntries(called),
  };
}

/**
 * Hit and read, by operation; BEGIN and COMMIT touch nothing and are none of its statements. From
 * pg_stat_statements: without it there are none.
 */
function statementBuffers({
  operations,
  serverActivity,
}: AnyResult): Readonly<Record<string, number>> {
  const names = Object.keys(operations);
  const all = serverActivity?.statements?.top ?? [];
  const found = (names.length > 1 ? names : []).flatMap((name) => {
    const own = all.filter(
      ({ operation, query }) => operation === name && !/^(begin|commit)\b/i.test(query),
    );
    const calls = own.reduce((sum, one) => sum + one.calls, 0);
    const buffers = own.reduce(
      (sum, { calls: times, perCall }) => sum + times * (perCall.sharedHit + perCall.sharedRead),
      0,
    );
    return calls === 0 ? [] : [[name, buffers / calls] as const];
  });
  return Object.fromEntries(found);
}
