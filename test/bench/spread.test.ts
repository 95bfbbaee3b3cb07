import { describe, expect, it } from "vitest";
import { medianOf, spreadOf } from "../../bench/spread.ts";

describe("the spread of several measurements", () => {
  it.each([
    [[3], { median: 3, min: 3, max: 3 }],
    [[10, 9, 100], { median: 10, min: 9, max: 100 }],
    [[4, 1, 3, 2], { median: 2.5, min: 1, max: 4 }],
  ])("of %j is told by median, least and greatest", (values, spread) => {
    expect(spreadOf(values)).toEqual(spread);
    expect(medianOf(values)).toBe(spread.median);
  });

  it("is none where nothing was measured", () => {
    expect(() => spreadOf([])).toThrow(RangeError);
  });
});
