import { describe, expect, it } from "vitest";
import { clockDoubts, untoldDoubts } from "../../../src/engine/k6/losses.ts";

describe("a clock that k6 measured by", () => {
  it("is doubted where it was ahead or back by more than a tenth of a second", () => {
    expect(clockDoubts(100)).toEqual([]);
    expect(clockDoubts(-100)).toEqual([]);
    expect(clockDoubts(2_000)).toEqual([expect.stringContaining("2000 ms ahead")]);
    expect(clockDoubts(-101)).toEqual([expect.stringContaining("101 ms back")]);
  });
});

describe("sessions that left no line", () => {
  it("are named, the first ten of them", () => {
    expect(untoldDoubts([], 4, "ended with 0")).toEqual([]);
    expect(untoldDoubts([3], 4, "ended with 0")).toEqual([
      "1 of 4 sessions left no result (3): k6 ended with 0",
    ]);
    expect(untoldDoubts([3], 4, null)).toEqual(["1 of 4 sessions left no result (3)"]);
    const many = Array.from({ length: 11 }, (_, session) => session);
    expect(untoldDoubts(many, 20, "ended with 0")[0]).toContain(
      "(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, …)",
    );
  });
});
