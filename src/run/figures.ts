/**
 * The figures by which runs are compared: what equal runs remember, and what a night keeps. One
 * number a run each, above 0: what may be 0 has no ratio.
 */
import type { GatheredResult, RunFigures } from "./run-result.ts";

export interface FigureKind {
  readonly unit:
    "/s" | "us" | "bytes" | "rows" | "buffers" | "records" | "pages" | "sessions" | "share";
  readonly better: "higher" | "lower";
  /**
   * The smallest change that matters, as a share: tails of a few hundred transactions differ more
   * from run to run than throughput does, and a smaller change of theirs means less.
   */
  readonly margin: number;
}

/** Of a whole run. By name; an operation's latencies are named `p99 of <operation>`. */
const kinds: Readonly<Record<string, FigureKind>> = {
  throughput: { unit: "/s", better: "higher", margin: 0.05 },
  mean: { unit: "us", better: "lower", margin: 0.05 },
  p50: { unit: "us", better: "lower", margin: 0.1 },
  p95: { unit: "us", better: "lower", margin: 0.2 },
  p99: { unit: "us", better: "lower", margin: 0.25 },
  "WAL per transaction": { unit: "bytes", better: "lower", margin: 0.05 },
  "dead rows per transaction": { unit: "rows", better: "lower", margin: 0.05 },
  "buffers per transaction": { unit: "buffers", better: "lower", margin: 0.1 },
  "client CPU per transaction": { unit: "us", better: "lower", margin: 0.2 },
};

export type Figures = Readonly<Record<string, number>>;

/** Throws a TypeError for a figure that there is none of. */
export function figureKind(name: string): FigureKind {
  const [own = ""] = name.split(" of ");
  const kind = kinds[own];
  if (kind === undefined) throw new TypeError(`there is no figure ${name}`);
  return kind;
}

/** By which a run is judged: what a closed loop gets done, or how long what is due takes. */
export function primaryFigure(rate: number | null): "throughput" | "p99" {
  return rate === null ? "throughput" : "p99";
}

type Measured = Pick<
  RunFigures | GatheredResult,
  "transactions" | "operations" | "serverPerTransaction" | "generator"
>;

/** What was measured, in the order above; what was not, or is 0, is left out. */
export function figuresOf(result: Measured): Figures {
  return Object.fromEntries(
    Object.entries(measuredFigures(result)).filter(
      (entry): entry is [string, number] => (entry[1] ?? 0) > 0,
    ),
  );
}

/** The same with those that are 0, and null for what was not measured. */
export function measuredFigures({
  transactions,
  operations,
  serverPerTransaction: each,
  generator,
}: Measured): Readonly<Record<string, number | null>> {
  const { mean, p50, p95, p99 } = transactions.latencyUs;
  const all: Record<string, number | null> = {
    throughput: transactions.perSecond,
    mean,
    p50,
    p95,
    p99,
    "WAL per transaction": each.walBytes,
    "dead rows per transaction": each.deadTuples,
    "buffers per transaction": buffersOf(each),
    "client CPU per transaction": generator?.cpuUsPerTransaction ?? null,
  };
  const names = Object.keys(operations);
  for (const name of names.length > 1 ? names : []) {
    all[`p50 of ${name}`] = operations[name]?.latencyUs.p50 ?? null;
    all[`p99 of ${name}`] = operations[name]?.latencyUs.p99 ?? null;
  }
  return all;
}

function buffersOf({ buffersHit, buffersRead }: Measured["serverPerTransaction"]): number | null {
  return buffersHit === null || buffersRead === null ? null : buffersHit + buffersRead;
}
