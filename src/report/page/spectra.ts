/** The latency spectra of a run, read from the histograms that run.json has. */
import { decodeHistogram } from "../../metrics/exchange-format.ts";
import { Histogram } from "../../metrics/histogram.ts";
import type { AnyResult } from "../../run/result.ts";
import type { Spectrum, SpectrumLine } from "./page-data.ts";

/** Of all operations together, where there are several. */
export const togetherName = "all operations";

const parts = [
  ["from the intended start", "histogram"],
  ["service", "serviceHistogram"],
  ["waiting for a connection", "poolWaitHistogram"],
] as const;

/** The spectrum of all operations first; then that of each, if there are several. */
export function spectraOf({ operations }: AnyResult): readonly Spectrum[] {
  const each = Object.entries(operations).map(([operation, summary]) => ({
    operation,
    histograms: parts.map(([, field]) => decodeHistogram(summary[field])),
  }));
  const [only, ...others] = each;
  if (only === undefined) return [];
  if (others.length === 0) return [spectrumOf(only)];
  const together = parts.map((_, index) => {
    const sum = new Histogram();
    for (const { histograms } of each) sum.add(histograms[index] ?? new Histogram());
    return sum;
  });
  return [{ operation: togetherName, histograms: together }, ...each].map(spectrumOf);
}

function spectrumOf(one: {
  readonly operation: string;
  readonly histograms: readonly Histogram[];
}): Spectrum {
  const lines = parts.flatMap(([name], index): SpectrumLine[] => {
    const points = pointsOf(one.histograms[index] ?? new Histogram());
    return points.length === 0 ? [] : [{ name, points }];
  });
  return { operation: one.operation, lines };
}

/** Of each tenfold. */
const pointsEach = 20;

/** No histogram of a run has as many as this: a bound for the loop. */
const tenfoldsMax = 12;

/** By 1 / (1 - p): 10 for p90. As far as there are enough measurements beyond the percentile. */
export function pointsOf(histogram: Histogram): SpectrumLine["points"] {
  const points: [number, number][] = [];
  for (let index = 0; index <= pointsEach * tenfoldsMax; index++) {
    const timesRarer = 10 ** (index / pointsEach);
    const us = histogram.supported(1 - 1 / timesRarer);
    if (us === null) break;
    points.push([Math.round(timesRarer * 1000) / 1000, us]);
  }
  return points;
}
