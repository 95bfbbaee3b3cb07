import { describe, expect, it } from "vitest";
import { throughputChart } from "../../src/report/throughput-chart.ts";
import { poolSweep } from "./sweep-result.ts";

const steps = [1, 2, 4, 8].map((sessions) => ({ sessions, perSecond: Math.min(sessions, 4) * 10 }));

describe("the chart of throughput in characters", () => {
  it("has a bar a step, and the knee under it", () => {
    expect(throughputChart(steps, { sessions: 4, low: 3.5, high: 4.5 })).toEqual([
      "40/s │                ████   ████",
      "     │                ████   ████",
      "     │                ████   ████",
      "     │         ████   ████   ████",
      "     │  ▄▄▄▄   ████   ████   ████",
      "     │  ████   ████   ████   ████",
      "   0 └────────────────────────────",
      "         1      2      4      8",
      "                       ▲ knee at 4 (3.5 to 4.5)",
    ]);
  });

  it("has no arrow without a knee", () => {
    expect(throughputChart(steps, null).join("")).not.toContain("▲");
  });

  it.each([
    [1, "1"],
    [8, "8"],
    [0.5, "1"],
    [20, "8"],
  ])("points a knee at %s to the bar of %s", (sessions, bar) => {
    const lines = throughputChart(steps, { sessions, low: 1, high: 8 });
    expect(lines.at(-1)!.indexOf("▲")).toBe(lines.at(-2)!.indexOf(bar));
  });

  it("points between two bars where the knee lies between their sessions", () => {
    const lines = throughputChart(steps, { sessions: 2.83, low: 2, high: 4 });
    const [left, right] = ["2", "4"].map((bar) => lines.at(-2)!.indexOf(bar));
    const arrow = lines.at(-1)!.indexOf("▲");
    expect(arrow).toBeGreaterThan(left!);
    expect(arrow).toBeLessThan(right!);
  });

  it("is flat where nothing was committed, and none where there is nothing", () => {
    const dead = throughputChart(
      steps.map((step) => ({ ...step, perSecond: 0 })),
      null,
    );
    expect(dead.join("")).not.toMatch(/[▁▂▃▄▅▆▇█]|NaN/);
    expect(throughputChart([], null)).toEqual([]);
  });

  it("is narrow enough for a screen, or left out", () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ sessions: index + 90, perSecond: index }));
    for (const line of throughputChart(many(22), null)) expect(line.length).toBeLessThan(99);
    expect(throughputChart(many(22), null)).not.toEqual([]);
    expect(throughputChart(many(23), null)).toEqual([]);
    expect(throughputChart(poolSweep.steps, poolSweep.knee)).toHaveLength(9);
  });
});
