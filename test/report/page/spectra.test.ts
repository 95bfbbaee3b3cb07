import { describe, expect, it } from "vitest";
import { encodeHistogram } from "../../../src/metrics/exchange-format.ts";
import { Histogram } from "../../../src/metrics/histogram.ts";
import { percentileText } from "../../../src/report/page/charts/spectrum.ts";
import { spectraOf, togetherName } from "../../../src/report/page/spectra.ts";
import { operation, quietRun } from "../run-result.ts";

function histogramOf(count: number): string {
  const histogram = new Histogram();
  for (let us = 1; us <= count; us++) histogram.recordTimes(us, 1);
  return encodeHistogram(histogram);
}

const none = histogramOf(0);
const thousand = { histogram: histogramOf(1000), serviceHistogram: none, poolWaitHistogram: none };

describe("the latency spectrum", () => {
  it("ends where fewer than ten measurements are beyond it", () => {
    const operations = { read: { ...operation, ...thousand } };
    const [spectrum] = spectraOf({ ...quietRun, operations });
    expect(spectrum?.lines.map(({ name }) => name)).toEqual(["from the intended start"]);
    const points = spectrum?.lines[0]?.points ?? [];
    expect(points.at(-1)).toEqual([100, 990]);
    expect(points.find(([timesRarer]) => timesRarer === 10)).toEqual([10, 900]);
  });

  it("adds operations up, and then tells each alone", () => {
    const operations = {
      read: { ...operation, ...thousand },
      write: { ...operation, ...thousand },
    };
    const spectra = spectraOf({ ...quietRun, operations });
    expect(spectra.map((one) => one.operation)).toEqual([togetherName, "read", "write"]);
    const [together, read] = spectra.map(({ lines }) => lines[0]?.points.length ?? 0);
    // Twice as many measurements reach farther.
    expect(together).toBeGreaterThan(read ?? 0);
  });

  it("has nothing to draw of an empty histogram", () => {
    const operations = { read: { ...operation, ...thousand, histogram: none } };
    expect(spectraOf({ ...quietRun, operations })[0]?.lines).toEqual([]);
  });

  it.each([
    [1, "p0"],
    [2, "p50"],
    [10, "p90"],
    [100, "p99"],
    [1000, "p99.9"],
    [100_000, "p99.999"],
  ])("calls one in %d the %s", (timesRarer, text) => {
    expect(percentileText(timesRarer)).toBe(text);
  });
});
