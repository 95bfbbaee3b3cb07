import { describe, expect, it } from "vitest";
import { progressText } from "../../src/cli/load-progress.ts";

const start = { done: 0, total: 20_000_000, doneBefore: 0, sinceMs: 1_000, nowMs: 1_000 };

describe("how far a loading is", () => {
  it.each([
    ["without a rate at the beginning", start, "0 of 20 000 000 rows"],
    [
      "with the rate since it began, and what is left at that rate",
      { ...start, done: 5_000_000, nowMs: 6_000 },
      "5 000 000 of 20 000 000 rows, 1 000 000/s, 15 s left",
    ],
    [
      "without what was there before it went on",
      { ...start, done: 11_000_000, doneBefore: 10_000_000, nowMs: 21_000 },
      "11 000 000 of 20 000 000 rows, 50 000/s, 3 min 00 s left",
    ],
    [
      "in hours where it takes hours",
      { ...start, done: 10_000, nowMs: 3_000 },
      "10 000 of 20 000 000 rows, 5 000/s, 1 h 06 min left",
    ],
    [
      "with nothing left at the end",
      { ...start, done: 20_000_000, nowMs: 21_000 },
      "20 000 000 of 20 000 000 rows, 1 000 000/s",
    ],
    ["of a script only that it runs", { ...start, done: 1, total: 1, nowMs: 9_000 }, ""],
  ])("%s", (_, progress, text) => {
    expect(progressText(progress)).toBe(text);
  });
});
