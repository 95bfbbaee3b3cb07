import { describe, expect, it } from "vitest";
import { OfferedLoad } from "../../src/run/offered-load.ts";
import { openPlanWith, planWith } from "../helpers/plan.ts";

/** At equal distances of 5 ms: the first is due at 5, the last before the end. */
function loadOf(given: Parameters<typeof openPlanWith>[1] = {}): OfferedLoad {
  const plan = openPlanWith({ rate: 200, distribution: "constant" }, given);
  const load = OfferedLoad.of(plan);
  if (load === null) throw new Error("no open loop");
  return load;
}

describe("what an open loop offers", () => {
  it("is what was due since it was asked last", () => {
    const load = loadOf({ durationMs: 10_000 });
    expect(load.by(1000, "measured", 200).offered).toBe(200);
    expect(load.by(2000, "measured", 400).offered).toBe(200);
    expect(load.by(2012, "measured", 402).offered).toBe(2);
    expect(load.by(2012, "measured", 402).offered).toBe(0);
  });

  it("waits for as long as no session could start it", () => {
    const load = loadOf({ durationMs: 10_000 });
    expect(load.by(1000, "measured", 200).waiting).toBe(0);
    expect(load.by(2000, "measured", 250)).toEqual({ offered: 200, waiting: 150 });
    expect(load.by(3000, "measured", 600).waiting).toBe(0);
  });

  it("is never less than what started: a moment later more is due than was asked about", () => {
    const load = loadOf({ durationMs: 10_000 });
    expect(load.by(1000, "measured", 203).waiting).toBe(0);
  });

  it("is counted by phase, and of the warm-up from its own beginning", () => {
    const load = loadOf({ warmupMs: 2000, durationMs: 10_000 });
    expect(load.by(-1000, "warmup", 150)).toEqual({ offered: 200, waiting: 50 });
    expect(load.by(0, "warmup", 350)).toEqual({ offered: 199, waiting: 49 });
    expect(load.by(1000, "measured", 200)).toEqual({ offered: 200, waiting: 0 });
  });

  it("ends with the measured time", () => {
    const load = loadOf({ durationMs: 1000 });
    expect(load.by(1500, "measured", 0)).toEqual({ offered: 199, waiting: 199 });
  });

  it("ends with the number of transactions, where that is planned", () => {
    const load = loadOf({ durationMs: null, transactionsPerSession: 5, sessions: 4 });
    expect(load.by(50, "measured", 10)).toEqual({ offered: 10, waiting: 0 });
    expect(load.by(1000, "measured", 20)).toEqual({ offered: 10, waiting: 0 });
  });

  it("waits for nobody knows how many, as long as sessions have not told what they started", () => {
    const load = loadOf({ durationMs: 10_000 });
    expect(load.by(1000, "measured", null)).toEqual({ offered: 200, waiting: null });
  });

  it("is nothing that a closed loop has", () => {
    expect(OfferedLoad.of(planWith())).toBeNull();
    expect(OfferedLoad.inAll(planWith(), { seconds: [], started: 0, lengthMs: 1000 })).toBeNull();
  });
});

describe("what an open loop has offered in all", () => {
  const plan = openPlanWith({ rate: 200, distribution: "constant" }, { durationMs: 10_000 });
  const seconds = [
    { endMs: 1000, offered: 150 },
    { endMs: 2000, offered: 250 },
    { endMs: 3000, offered: 190 },
  ];

  it("is what was due by the end, and what of it waited at the end of each second", () => {
    expect(OfferedLoad.inAll(plan, { seconds, started: 590, lengthMs: 3010 })).toEqual({
      due: 602,
      waiting: [50, 0, 10],
    });
  });

  it("waits at the end of its last part, too, if that is long enough to count", () => {
    const { waiting } = OfferedLoad.inAll(plan, { seconds, started: 600, lengthMs: 3100 }) ?? {};
    expect(waiting).toEqual([50, 0, 10, 20]);
    const inAll = OfferedLoad.inAll(plan, { seconds: [], started: 30, lengthMs: 200 });
    expect(inAll).toEqual({ due: 40, waiting: [10] });
  });
});
