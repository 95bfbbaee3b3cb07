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

/** Of a run with several operations: what the server looked at for one of them. */
const ofStatement = "buffers per statement of ";

/** As `buffers per transaction` has it. */
const buffersKind: FigureKind = figureKind("buffers per transaction");

/** Of all these runs, in order. */
export function variantFigureKinds(runs: readonly AnyResult[]): readonly VariantFigureKind[] {
  const names = new Set(runs.flatMap((run) => Object.keys(measuredFigures(run))));
  const ofEveryRun = [...names].map((name) => ({
    name,
    ...figureKind(name),
    least: leastOf[name] ?? 0,
  }));
  const operations = new Set(runs.flatMap((run) => Object.keys(statementBuffers(run))));
  const ofStatements = [...operations].map((name) => ({ name, ...buffersKind, least: 1 }));
  return [...ofEveryRun, ...ofServer, ...ofStatements];
}

/** By name. What was not measured, or not by the loadgen that stored it, is null. */
export function variantFigures(run: AnyResult): Readonly<Record<string, number | null>> {
  const server = ofServer.map(({ name, of }) => [name, of(run) ?? null] as const);
  return { ...measuredFigures(run), ...Object.fromEntries(server), ...statementBuffers(run) };
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
    return calls === 0 ? [] : [[ofStatement + name, buffers / calls] as const];
  });
  return Object.fromEntries(found);
}
