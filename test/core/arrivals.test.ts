import { describe, expect, it } from "vitest";
import { gapMillionths } from "../../src/cli/arrival-gaps.ts";
import { type ArrivalPlan, ArrivalSchedule } from "../../src/core/arrivals.ts";
import type { PlannedArrivals } from "../../src/core/plan.ts";

function planOf(
  rate: number,
  given: Partial<ArrivalPlan> & {
    distribution?: PlannedArrivals["distribution"];
    rateAtEnd?: number;
  } = {},
): ArrivalPlan {
  const { distribution = "poisson", rateAtEnd = rate, ...rest } = given;
  return {
    seed: 12345,
    rate,
    arrivals: { distribution, rateAtEnd, gapMillionths: gapMillionths(distribution) },
    warmupMs: 5_000,
    durationMs: 100_000,
    transactionsPerSession: null,
    sessions: 4,
    ...rest,
  };
}

function timesOf(plan: ArrivalPlan, phase: "warmup" | "measured" = "measured"): number[] {
  const schedule = new ArrivalSchedule(plan, phase);
  const times: number[] = [];
  for (let number = 0; ; number++) {
    const arrival = schedule.at(number);
    if (arrival === null) return times;
    times.push(arrival.dueMs);
  }
}

function gapsOf(times: readonly number[]): number[] {
  return times.map((time, index) => time - (times[index - 1] ?? 0));
}

describe("planned arrivals", () => {
  it("come at equal distances where they are constant", () => {
    const times = timesOf(planOf(200, { distribution: "constant", durationMs: 1_000 }));
    expect(times).toHaveLength(199);
    expect(times.slice(0, 3)).toEqual([5, 10, 15]);
  });

  it("are a Poisson process at the planned rate", () => {
    const times = timesOf(planOf(100));
    // 10 000 are expected; the standard deviation of a Poisson count is its square root.
    expect(Math.abs(times.length - 10_000)).toBeLessThan(4 * 100);
    const gaps = gapsOf(times);
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
    // The exponential distribution's deviation equals its mean.
    expect(Math.sqrt(variance) / mean).toBeGreaterThan(0.95);
    expect(Math.sqrt(variance) / mean).toBeLessThan(1.05);
    // And its counts in equal stretches vary as much as their mean.
    const counts = Array.from(
      { length: 100 },
      (_, second) => times.filter((time) => Math.floor(time / 1000) === second).length,
    );
    const dispersion = counts.reduce((sum, count) => sum + (count - 100) ** 2, 0) / 100 / 100;
    expect(dispersion).toBeGreaterThan(0.6);
    expect(dispersion).toBeLessThan(1.5);
  });

  it("follow a ramp", () => {
    const times = timesOf(planOf(100, { rateAtEnd: 1000, distribution: "constant" }));
    // The integral of 100 to 1 000 a second over 100 s.
    expect(times.length).toBeGreaterThanOrEqual(54_999);
    expect(times.length).toBeLessThanOrEqual(55_000);
    const within = (from: number, to: number) =>
      times.filter((time) => time >= from * 1000 && time < to * 1000).length;
    expect(within(0, 1)).toBe(104);
    expect(within(99, 100)).toBe(995);
  });

  it("follow a ramp down to almost nothing", () => {
    const times = timesOf(planOf(1000, { rateAtEnd: 1, distribution: "constant" }));
    expect(times.length).toBeGreaterThan(50_000);
    expect(times.every((time, index) => time >= (times[index - 1] ?? 0))).toBe(true);
    expect(times.at(-1)).toBeLessThan(100_000);
  });

  it("are as many as the sessions have transactions, where those are planned", () => {
    const plan = planOf(100, { durationMs: null, transactionsPerSession: 25 });
    expect(timesOf(plan)).toHaveLength(100);
  });

  it("are the same whoever asks, in steps or in leaps", () => {
    const plan = planOf(50, { durationMs: 10_000 });
    const times = timesOf(plan);
    const leaping = new ArrivalSchedule(plan, "measured");
    expect(leaping.at(100)?.dueMs).toBe(times[100]);
    expect(leaping.at(400)?.dueMs).toBe(times[400]);
  });

  it("depend on the seed, and are others in the warm-up", () => {
    const times = timesOf(planOf(50, { durationMs: 5_000 }));
    expect(timesOf(planOf(50, { durationMs: 5_000, seed: 1 }))).not.toEqual(times);
    const warmup = timesOf(planOf(50, { rateAtEnd: 500, durationMs: 5_000 }), "warmup");
    expect(warmup).not.toEqual(times);
    expect(warmup.length).toBeLessThan(350);
    expect(warmup.at(-1)).toBeLessThan(5_000);
  });

  it("are counted by when they are due", () => {
    const plan = planOf(100, { distribution: "constant", durationMs: 1_000 });
    const schedule = new ArrivalSchedule(plan, "measured");
    expect(schedule.dueBy(5)).toBe(0);
    expect(schedule.dueBy(10)).toBe(1);
    expect(schedule.dueBy(500)).toBe(50);
    expect(schedule.dueBy(5_000)).toBe(99);
    expect(schedule.dueBy(6_000)).toBe(99);
  });

  it("are none in a closed loop", () => {
    const closed = { ...planOf(100), rate: null, arrivals: null };
    expect(() => new ArrivalSchedule(closed, "measured")).toThrow("closed loop");
  });
});

describe("the table of gaps", () => {
  it.each(["poisson", "constant"] as const)("has whole numbers with a mean of one: %s", (name) => {
    const gaps = gapMillionths(name);
    expect(gaps.every(Number.isInteger)).toBe(true);
    expect(gaps.reduce((sum, gap) => sum + gap, 0)).toBe(gaps.length * 1_000_000);
  });

  it("varies as the exponential distribution does, within 1 %", () => {
    const gaps = gapMillionths("poisson");
    const variance = gaps.reduce((sum, gap) => sum + (gap / 1e6 - 1) ** 2, 0) / gaps.length;
    expect(Math.sqrt(variance)).toBeGreaterThan(0.99);
    expect(Math.sqrt(variance)).toBeLessThan(1);
  });
});
