import { describe, expect, it } from "vitest";
import { chanceOf, intervalAround, quantile, repeated } from "../../src/scaling/resample.ts";

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe("an interval of 95 %", () => {
  it("leaves the nine smallest and the nine largest of 399 resamples outside", () => {
    let draw = 0;
    const drawn = repeated(() => ++draw);
    expect(drawn).toHaveLength(399);
    expect(intervalAround(200, drawn.toReversed())).toEqual({ low: 10, high: 390 });
  });

  it("holds the estimate where all resamples lie beside it", () => {
    expect(intervalAround(0, upTo(399))).toEqual({ low: 0, high: 390 });
    expect(intervalAround(1000, upTo(399))).toEqual({ low: 10, high: 1000 });
  });
});

describe("a chance", () => {
  it("is the share of draws at least as large, the statistic itself among them", () => {
    expect(chanceOf(390, upTo(399))).toBe(11 / 400);
    expect(chanceOf(0, upTo(399))).toBe(1);
    expect(chanceOf(1000, upTo(399))).toBe(1 / 400);
  });

  it("agrees with the quantile", () => {
    expect(quantile(upTo(399), 0.95)).toBe(380);
    expect(chanceOf(380, upTo(399))).toBeGreaterThanOrEqual(0.05);
    expect(chanceOf(381, upTo(399))).toBeLessThanOrEqual(0.05);
  });
});
