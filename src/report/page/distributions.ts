/** How the latencies of two sides are spread: the histograms of all runs of a side, added up. */
import { decodeHistogram } from "../../metrics/exchange-format.ts";
import { Histogram } from "../../metrics/histogram.ts";
import type { AnyResult } from "../../run/result.ts";
import type { Distribution, SideLine } from "./page-data.ts";
import { pointsOf, togetherName } from "./spectra.ts";

export interface ResultsOfSides {
  readonly baseline: readonly AnyResult[];
  readonly candidate: readonly AnyResult[];
}

/** Of all operations first, each run drawn as well; then those of each that both sides have. */
export function distributionsOf(sides: ResultsOfSides): readonly Distribution[] {
  const [before, after] = [sides.baseline.map(histogramsOf), sides.candidate.map(histogramsOf)];
  if (before.length === 0 || after.length === 0) return [];
  const names = namesIn(before).filter((name) => namesIn(after).includes(name));
  const each = names.map((name) =>
    distributionOf(name, {
      baseline: partsNamed(before, name),
      candidate: partsNamed(after, name),
    }),
  );
  const [baseline, candidate] = [before.map(together), after.map(together)];
  const [only] = names;
  const all = distributionOf(names.length === 1 && only !== undefined ? only : togetherName, {
    baseline,
    candidate,
  });
  const runs = [...runLines("baseline", baseline), ...runLines("candidate", candidate)];
  const first = { ...all, lines: [...runs, ...all.lines] };
  return [first, ...(names.length > 1 ? each : [])].filter(({ lines }) => lines.length > 0);
}

type OfRun = ReadonlyMap<string, Histogram>;

interface Sides {
  readonly baseline: readonly Histogram[];
  readonly candidate: readonly Histogram[];
}

function histogramsOf({ operations }: AnyResult): OfRun {
  return new Map(
    Object.entries(operations).map(([name, { histogram }]) => [name, decodeHistogram(histogram)]),
  );
}

function namesIn(runs: readonly OfRun[]): readonly string[] {
  return [...new Set(runs.flatMap((run) => [...run.keys()]))];
}

function partsNamed(runs: readonly OfRun[], name: string): readonly Histogram[] {
  return runs.flatMap((run) => run.get(name) ?? []);
}

function together(run: OfRun): Histogram {
  return sumOf([...run.values()]);
}

function sumOf(histograms: readonly Histogram[]): Histogram {
  const sum = new Histogram();
  for (const histogram of histograms) sum.add(histogram);
  return sum;
}

function runLines(side: SideLine["side"], runs: readonly Histogram[]): readonly SideLine[] {
  if (runs.length === 1) return [];
  return runs.flatMap((run, index) => lineOf({ side, run: index + 1 }, run));
}

function lineOf(of: Pick<SideLine, "side" | "run">, histogram: Histogram): SideLine[] {
  const points = pointsOf(histogram);
  return points.length === 0 ? [] : [{ ...of, points }];
}

function distributionOf(operation: string, { baseline, candidate }: Sides): Distribution {
  const [before, after] = [sumOf(baseline), sumOf(candidate)];
  return {
    operation,
    counts: { baseline: before.count, candidate: after.count },
    bins: binsOf(before, after),
    lines: [
      ...lineOf({ side: "baseline", run: null }, before),
      ...lineOf({ side: "candidate", run: null }, after),
    ],
  };
}

/** Of each tenfold: narrower ones of a few hundred transactions are mostly chance. */
const binsEach = 20;

/** Shares by bins that are as wide on a logarithmic axis, from the fastest to the slowest of both sides. */
function binsOf(baseline: Histogram, candidate: Histogram): Distribution["bins"] {
  const [before, after] = [sharesOf(baseline), sharesOf(candidate)];
  const places = [...before.keys(), ...after.keys()];
  if (places.length === 0) return [];
  const [first, last] = [Math.min(...places), Math.max(...places)];
  // One more, which is empty: it is where the last one ends.
  return Array.from({ length: last - first + 2 }, (_, index) => {
    const bin = first + index;
    return [binStart(bin), rounded(before.get(bin) ?? 0), rounded(after.get(bin) ?? 0)] as const;
  });
}

function sharesOf(histogram: Histogram): ReadonlyMap<number, number> {
  const shares = new Map<number, number>();
  for (const { lowestUs, highestUs, count } of histogram.slots()) {
    const bin = Math.floor(Math.log10(Math.max(1, (lowestUs + highestUs) / 2)) * binsEach);
    shares.set(bin, (shares.get(bin) ?? 0) + count / histogram.count);
  }
  return shares;
}

/** Microseconds. */
export function binStart(bin: number): number {
  return Number((10 ** (bin / binsEach)).toPrecision(4));
}

function rounded(share: number): number {
  return Number(share.toPrecision(4));
}
