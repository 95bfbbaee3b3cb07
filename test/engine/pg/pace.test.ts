import { describe, expect, it } from "vitest";
import type { Plan } from "../../../src/core/plan.ts";
import type { Phase } from "../../../src/core/random.ts";
import { ClosedPace } from "../../../src/engine/pg/pace.ts";
import { Recorder } from "../../../src/metrics/recorder.ts";
import { planWith } from "../../helpers/plan.ts";

/** A closed loop on a clock that the test sets. */
function closedLoop(given: Partial<Plan> = {}, phase: Phase = "measured") {
  const stop = new AbortController();
  const recorder = new Recorder();
  const clock = { nowMs: phase === "warmup" ? -1 : 0 };
  const plan = planWith({ transactionsPerSession: null, ...given });
  const pace = new ClosedPace({
    plan,
    phase,
    recorder,
    clockMs: () => clock.nowMs,
    stop: stop.signal,
  });
  return { pace, stop, recorder, clock };
}

/** Its session's owner and number. */
function turn(session: number, number: number) {
  return { owner: session, number, dueMs: null, wasQueued: false };
}

describe("the pace of a closed loop", () => {
  it("is that of each session, which counts its own transactions", () => {
    const { pace } = closedLoop();
    const asked = [3, 3, 5, 3, 5].map((session) => pace.next(session));
    expect(asked).toEqual([turn(3, 0), turn(3, 1), turn(5, 0), turn(3, 2), turn(5, 1)]);
  });

  it("ends for a session when it has begun as many as are planned", () => {
    const { pace } = closedLoop({ transactionsPerSession: 2 });
    const asked = [0, 0, 1, 0, 0].map((session) => pace.next(session));
    expect(asked).toEqual([turn(0, 0), turn(0, 1), turn(1, 0), null, null]);
  });

  it("knows no such number in the warm-up, which ends with the measured time's beginning", () => {
    const { pace, clock } = closedLoop({ transactionsPerSession: 1 }, "warmup");
    expect([0, 0, 0].map((session) => pace.next(session))).toEqual([
      turn(0, 0),
      turn(0, 1),
      turn(0, 2),
    ]);
    clock.nowMs = 0;
    expect(pace.next(0)).toBeNull();
  });

  it("ends with the measured time", () => {
    const { pace, clock } = closedLoop({ durationMs: 500 });
    clock.nowMs = 499.9;
    expect(pace.next(0)).toEqual(turn(0, 0));
    clock.nowMs = 500;
    expect(pace.next(0)).toBeNull();
    expect(pace.next(1)).toBeNull();
  });

  it("ends when the run is stopped", () => {
    const { pace, stop } = closedLoop();
    stop.abort();
    expect(pace.next(0)).toBeNull();
  });
});

describe("a session that thinks", () => {
  it("starts after its think time, and says how late it was", async () => {
    const { pace, recorder } = closedLoop({ thinkMs: [20, 20] });
    const startMs = performance.now();
    expect(await pace.next(0)).toEqual(turn(0, 0));
    // Timers are up to two milliseconds early.
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(18);
    expect(await pace.next(0)).toEqual(turn(0, 1));
    expect(recorder.take().scheduleLag.count).toBe(2);
  });

  it("is not late where it does not think", () => {
    const { pace, recorder } = closedLoop();
    expect(pace.next(0)).toEqual(turn(0, 0));
    expect(recorder.take().scheduleLag.count).toBe(0);
  });

  it("is woken by the end of the run, and starts nothing", async () => {
    const { pace, recorder, stop } = closedLoop({ thinkMs: [3_600_000, 3_600_000] });
    const next = pace.next(0);
    stop.abort();
    expect(await next).toBeNull();
    expect(recorder.take().scheduleLag.count).toBe(0);
  });

  it("starts nothing that its phase is over for by then", async () => {
    const { pace, recorder, clock } = closedLoop({ durationMs: 500, thinkMs: [1, 1] });
    const next = pace.next(0);
    clock.nowMs = 500;
    expect(await next).toBeNull();
    expect(recorder.take().scheduleLag.count).toBe(0);
  });
});
