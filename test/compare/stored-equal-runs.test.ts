import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  certainMin,
  countsTable,
  falseAlarmsMax,
  measuredOf,
  measuredSentence,
  storedEqualRuns,
  wrongCounts,
} from "../helpers/equal-runs.ts";

const runs = storedEqualRuns();
const counts = wrongCounts(runs);

describe("comparing all pairs of stored equal runs", () => {
  it("has at least 15 of each kind, the slowed ones about 10 % slower by measurement", () => {
    for (const kept of Object.values(runs)) expect(kept.length).toBeGreaterThanOrEqual(15);
    const { fell } = measuredOf(runs);
    expect(fell).toBeGreaterThan(0.07);
    expect(fell).toBeLessThan(0.13);
  });

  it.each([...counts.equal, ...counts.loud])("is seldom a false alarm: $what", (counted) => {
    const { slower, faster } = counted.counts;
    expect((slower + faster) / counted.comparisons).toBeLessThanOrEqual(falseAlarmsMax(counted));
  });

  it.each(counts.equal)("says same of a quiet load: $what", ({ comparisons, counts: told }) => {
    expect(told.same / comparisons).toBeGreaterThanOrEqual(certainMin);
  });

  it.each(counts.slowed)("finds a slowdown, and seldom misses it: $what", (counted) => {
    const { same, slower, faster } = counted.counts;
    expect((same + faster) / counted.comparisons).toBeLessThanOrEqual(0.05);
    expect(slower / counted.comparisons).toBeGreaterThanOrEqual(certainMin);
  });

  it("comes to the counts that docs/comparing.md has", () => {
    const path = join(import.meta.dirname, "..", "..", "docs", "comparing.md");
    const text = readFileSync(path, "utf8");
    expect(text).toContain(measuredSentence(runs));
    expect(text).toContain(countsTable(counts));
  });
});
