import { describe, expect, it } from "vitest";
import { medianOf } from "../../src/metrics/median.ts";

describe("the median", () => {
  it.each([
    [[5], 5],
    [[10, 9, 1], 9],
    [[10, 9, 1, 100], 9.5],
    [[2, 10, 1], 2],
    [[-1, -10, 0.5], -1],
  ])("of %o is %d", (values, median) => {
    expect(medianOf(values)).toBe(median);
  });

  it("is not moved by a wild value, and leaves the list as it was", () => {
    const values = [3, 1, 1e12, 2, 4];
    expect(medianOf(values)).toBe(3);
    expect(values).toEqual([3, 1, 1e12, 2, 4]);
  });

  it("of nothing is not a number", () => {
    expect(medianOf([])).toBeNaN();
  });
});
