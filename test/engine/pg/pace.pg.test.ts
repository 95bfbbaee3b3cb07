/** The pace of an open loop: its metronome is a thread, which runs what is built. */
import { describe, expect, it, onTestFinished } from "vitest";
import { type Arrival, ArrivalSchedule } from "../../../src/core/arrivals.ts";
import type { Plan } from "../../../src/core/plan.ts";
import type { Phase } from "../../../src/core/random.ts";
import { Metronome } from "../../../src/engine/pg/metronome.ts";
import { OpenPace } from "../../../src/engine/pg/pace.ts";
import type { Turn } from "../../../src/engine/turn.ts";
import { Recorder } from "../../../src/metrics/recorder.ts";
import { openPlanWith } from "../../helpers/plan.ts";

interface Given {
  readonly phase?: Phase;
  /** Without it: that of the computer, from now on. */
  readonly clockMs?: () => number;
}

async function openLoop(plan: Plan, { phase = "measured", clockMs }: Given = {}) {
  const metronome = await Metronome.start();
  onTestFinished(() => metronome.close());
  const stop = new AbortController();
  const recorder = new Recorder();
  const zeroMs = performance.now() + (phase === "warmup" ? plan.warmupMs : 0);
  const clock = clockMs ?? (() => performance.now() - zeroMs);
  let taken = 0;
  const pace = new OpenPace(
    { plan, phase, recorder, clockMs: clock, stop: stop.signal },
    { schedule: new ArrivalSchedule(plan, phase), takeNumber: () => taken++, metronome },
  );
  return {
    pace,
    recorder,
    clockMs: clock,
    taken: () => taken,
    end: () => {
      stop.abort();
      metronome.release();
    },
  };
}

function arrivalsOf(plan: Plan, phase: Phase = "measured"): readonly Arrival[] {
  const schedule = new ArrivalSchedule(plan, phase);
  const arrivals: Arrival[] = [];
  for (let number = 0; ; number++) {
    const arrival = schedule.at(number);
    if (arrival === null) return arrivals;
    arrivals.push(arrival);
  }
}

/** What a session of an open loop is told of an arrival. */
function turnOf(arrival: Arrival, wasQueued: boolean, startMs = 0): Turn {
  return {
    owner: "arrival",
    number: arrival.number,
    dueMs: startMs + arrival.dueMs,
    wasQueued,
  };
}

/** 9 arrivals, 10 ms apart. */
const nine = openPlanWith({ rate: 100, distribution: "constant" }, { durationMs: 100 });

function blockFor(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

describe("the pace of an open loop", () => {
  it("gives each arrival once, to any session that is free, never before it is due", async () => {
    const plan = openPlanWith({ rate: 1000 }, { durationMs: 200 });
    const { pace, clockMs } = await openLoop(plan);
    const given: Turn[] = [];
    const session = async () => {
      for (let turn = await pace.next(); turn !== null; turn = await pace.next()) {
        expect(clockMs()).toBeGreaterThanOrEqual(turn.dueMs ?? Number.POSITIVE_INFINITY);
        given.push(turn);
      }
    };
    await Promise.all(Array.from({ length: 8 }, session));
    // Those that the machine was too busy for until the end are left over.
    given.push(...pace.leftOver(200));
    const expected = arrivalsOf(plan).map(({ number, dueMs }) => [number, dueMs]);
    const inOrder = given.map(({ number, dueMs }) => [number, dueMs] as const);
    expect(inOrder.sort(([one], [other]) => one - other)).toEqual(expected);
    expect(expected.length).toBeGreaterThan(150);
  });

  it("tells those that were due before a session was free, which are nobody's lateness", async () => {
    const { pace, recorder } = await openLoop(nine, { clockMs: () => 25 });
    const [first, second] = arrivalsOf(nine);
    expect([pace.next(), pace.next()]).toEqual([turnOf(first!, true), turnOf(second!, true)]);
    expect(recorder.take().scheduleLag.count).toBe(0);
  });

  it("tells how late those were that a session waited for", async () => {
    const plan = openPlanWith({ rate: 5, distribution: "constant" });
    const { pace, recorder } = await openLoop(plan);
    const [first] = arrivalsOf(plan);
    expect(await pace.next()).toEqual(turnOf(first!, false));
    expect(recorder.take().scheduleLag.count).toBe(1);
  });

  it("gives an arrival also where the thread was held up while it looked at the clock", async () => {
    let zeroMs = 0;
    let looks = 0;
    const { pace } = await openLoop(nine, {
      clockMs() {
        looks++;
        // Whether the phase is over, whether it is due already, and how long that takes.
        if (looks === 3) blockFor(5);
        return performance.now() - zeroMs;
      },
    });
    zeroMs = performance.now();
    expect(await pace.next()).toMatchObject({ number: 0 });
  });

  it("runs from the beginning of the warm-up, to its end", async () => {
    const plan = openPlanWith({ rate: 10, distribution: "constant" }, { warmupMs: 300 });
    const { pace, clockMs } = await openLoop(plan, { phase: "warmup" });
    const [first, second, ...others] = arrivalsOf(plan, "warmup");
    expect(others).toEqual([]);
    expect(await pace.next()).toMatchObject({ dueMs: -300 + first!.dueMs });
    expect(clockMs()).toBeGreaterThanOrEqual(-200);
    expect(await pace.next()).toMatchObject({ dueMs: -300 + second!.dueMs });
    expect(await pace.next()).toBeNull();
  });
});

describe("the end of an open loop", () => {
  /** One arrival, in an hour. */
  const farAhead = openPlanWith(
    { rate: 1, gapMillionths: [3_600_000_000] },
    { durationMs: 7_200_000 },
  );

  it.each([
    ["its time is up", 100, false],
    ["it is stopped", 25, true],
  ])("leaves untaken what was due when %s", async (_, nowMs, isStopped) => {
    const { pace, end, taken } = await openLoop(nine, { clockMs: () => nowMs });
    if (isStopped) end();
    expect([pace.next(), pace.next()]).toEqual([null, null]);
    expect(taken()).toBe(0);
    const due = arrivalsOf(nine).filter(({ dueMs }) => dueMs < nowMs);
    expect([...pace.leftOver(nowMs)]).toEqual(due.map((arrival) => turnOf(arrival, true)));
  });

  it("leaves nothing that a session has taken", async () => {
    const { pace, end } = await openLoop(nine, { clockMs: () => 45 });
    expect([pace.next(), pace.next()]).toMatchObject([{ number: 0 }, { number: 1 }]);
    end();
    expect([...pace.leftOver(45)].map(({ number }) => number)).toEqual([2, 3]);
  });

  it("lets sessions go that wait for an arrival that is not due, and that then never was", async () => {
    const { pace, recorder, end } = await openLoop(farAhead);
    const waiting = pace.next();
    end();
    expect(await waiting).toBeNull();
    expect([...pace.leftOver(1000)]).toEqual([]);
    expect(recorder.take().scheduleLag.count).toBe(0);
  });

  it("comes after what was due before it, however late that is", async () => {
    const clock = { nowMs: 0 };
    const { pace, recorder, end } = await openLoop(nine, { clockMs: () => clock.nowMs });
    const waiting = pace.next();
    clock.nowMs = 12;
    end();
    expect(await waiting).toEqual(turnOf(arrivalsOf(nine)[0]!, false));
    expect(recorder.take().scheduleLag.max).toBe(2000);
  });

  it("comes with the last arrival where their number is planned", async () => {
    const plan = openPlanWith(
      { rate: 1000 },
      { durationMs: null, transactionsPerSession: 3, sessions: 2 },
    );
    const { pace } = await openLoop(plan, { clockMs: () => 60_000 });
    const numbers = Array.from({ length: 8 }, () => (pace.next() as Turn | null)?.number);
    expect(numbers).toEqual([0, 1, 2, 3, 4, 5, undefined, undefined]);
    expect([...pace.leftOver(60_000)]).toEqual([]);
  });
});
