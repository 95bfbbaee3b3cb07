import { describe, expect, it } from "vitest";
import { dms } from "../../fixtures/dms/system.ts";
import { concurrent } from "../../scenarios/dms/concurrent.ts";
import { service } from "../../scenarios/dms/service/service.ts";
import { planFrom } from "../../src/cli/plan.ts";
import type { RunOptions } from "../../src/cli/run-options.ts";
import type { Plan } from "../../src/core/plan.ts";
import type { Scenario } from "../../src/core/scenario.ts";

function planned(
  given: Partial<RunOptions>,
  repeated: Plan | null,
  scenario: Scenario = concurrent,
) {
  return planFrom({
    scenario,
    scenarioName: scenario.name,
    system: dms,
    options: { chaos: [], thresholds: [], sizes: {}, ...given },
    scenarioOptions: {},
    thresholds: [],
    url: null,
    repeated,
    files: null,
    payloads: null,
  });
}

function planOf(given: Partial<RunOptions>, repeated: Plan | null = null): Plan {
  const plan = planned(given, repeated);
  if (!plan.ok) throw new Error(plan.problems.join("; "));
  return plan.value;
}

function problemsOf(given: Partial<RunOptions>, repeated: Plan | null = null) {
  const plan = planned(given, repeated);
  return plan.ok ? [] : plan.problems;
}

describe("without a rate", () => {
  it("there is a closed loop: no arrivals, and time to think", () => {
    expect(planOf({})).toMatchObject({ rate: null, arrivals: null, thinkMs: [10, 50] });
  });

  it("there is nothing that --arrivals could spread", () => {
    expect(problemsOf({ arrivals: "constant" })).toEqual([
      "--arrivals spreads what --rate plans: give --rate, too",
    ]);
  });
});

describe("a rate", () => {
  it("makes an open loop of Poisson arrivals, whose sessions do not think", () => {
    const { rate, arrivals, thinkMs } = planOf({ rate: [200, 200] });
    expect({ rate, thinkMs }).toEqual({ rate: 200, thinkMs: [0, 0] });
    expect(arrivals).toMatchObject({ distribution: "poisson", rateAtEnd: 200 });
  });

  it("may have decimals, and be a ramp over the duration", () => {
    expect(planOf({ rate: [0.5, 0.5] })).toMatchObject({ rate: 0.5, arrivals: { rateAtEnd: 0.5 } });
    expect(planOf({ rate: [100, 1000] })).toMatchObject({
      rate: 100,
      arrivals: { rateAtEnd: 1000 },
    });
  });

  it("has its table of gaps in the plan: whole numbers, in order, of a million in the mean", () => {
    const gaps = planOf({ rate: [200, 200] }).arrivals?.gapMillionths ?? [];
    expect(gaps.length).toBeGreaterThan(100);
    expect(gaps.every(Number.isSafeInteger)).toBe(true);
    expect([...gaps].sort((one, other) => one - other)).toEqual(gaps);
    expect(gaps.reduce((sum, gap) => sum + gap, 0)).toBe(gaps.length * 1_000_000);
    expect(Object.isFrozen(gaps)).toBe(true);
  });

  it("may have arrivals at equal distances", () => {
    expect(planOf({ rate: [200, 200], arrivals: "constant" }).arrivals).toEqual({
      distribution: "constant",
      rateAtEnd: 200,
      gapMillionths: [1_000_000],
    });
  });

  it("excludes thinking, but for none", () => {
    expect(problemsOf({ rate: [200, 200], think: [10, 50] })).toEqual([
      "--think and --rate exclude each other: planned arrivals leave no time to think",
    ]);
    expect(problemsOf({ rate: [200, 200], think: [0, 50] })).toHaveLength(1);
    expect(problemsOf({ rate: [200, 200], think: [0, 0] })).toEqual([]);
  });

  it("may be held for a number of transactions, but a ramp needs a duration", () => {
    expect(problemsOf({ rate: [200, 200], transactions: 5 })).toEqual([]);
    expect(problemsOf({ rate: [100, 200], transactions: 5 })).toEqual([
      "--rate: a ramp goes over the duration: give --duration, not --transactions",
    ]);
  });
});

describe("a repeated open loop", () => {
  const ramp = planOf({ rate: [100, 1000], arrivals: "constant" });

  it("has the same rate and arrivals", () => {
    expect(planOf({}, ramp)).toEqual(ramp);
  });

  it("keeps the table that it was drawn from, whatever is drawn from today", () => {
    const gapMillionths = [500_000, 1_500_000];
    const earlier: Plan = {
      ...ramp,
      arrivals: { distribution: "poisson", rateAtEnd: 1000, gapMillionths },
    };
    expect(planOf({}, earlier).arrivals?.gapMillionths).toEqual(gapMillionths);
    expect(planOf({ rate: [5, 5] }, earlier).arrivals).toMatchObject({
      rateAtEnd: 5,
      gapMillionths,
    });
    const constant = planOf({ arrivals: "constant" }, earlier).arrivals;
    expect(constant?.gapMillionths).toEqual([1_000_000]);
  });

  it("may get another rate, or be spread in another way", () => {
    expect(planOf({ rate: [7, 7] }, ramp)).toMatchObject({
      rate: 7,
      arrivals: { distribution: "constant", rateAtEnd: 7 },
    });
    expect(planOf({ arrivals: "poisson" }, ramp)).toMatchObject({
      rate: 100,
      arrivals: { distribution: "poisson", rateAtEnd: 1000 },
    });
  });

  it("still excludes thinking, and transactions for a ramp", () => {
    expect(problemsOf({ think: [1, 2], transactions: 5 }, ramp)).toEqual([
      expect.stringContaining("--think and --rate exclude each other"),
      expect.stringContaining("--rate: a ramp goes over the duration"),
    ]);
  });

  it("can be made of a closed one, whose sessions then stop to think", () => {
    const closed = planOf({ think: [1, 2] });
    expect(planOf({ rate: [7, 7] }, closed)).toMatchObject({ rate: 7, thinkMs: [0, 0] });
  });
});

describe("workers", () => {
  it("are one thread, unless more are asked for or repeated", () => {
    expect(planOf({}).workers).toBe(1);
    const three = planOf({ workers: 3 });
    expect(three.workers).toBe(3);
    expect(planOf({}, three).workers).toBe(3);
    expect(planOf({ workers: 2 }, three).workers).toBe(2);
  });

  it("are at most one a session", () => {
    expect(problemsOf({ workers: 4, sessions: 4 })).toEqual([]);
    expect(problemsOf({ workers: 5, sessions: 4 })).toEqual([
      "--workers: 5 threads for 4 sessions: expected at most one a session",
    ]);
    expect(problemsOf({ workers: 2, sessions: 1 })).toEqual([
      "--workers: 2 threads for 1 session: expected at most one a session",
    ]);
    expect(problemsOf({ sessions: 2 }, planOf({ workers: 3 }))).toHaveLength(1);
  });

  it("cannot share a pool, nor the gate of a fault", () => {
    expect(problemsOf({ workers: 2, poolMax: 6, chaos: ["pool-limit:max=2@1s"] })).toEqual([
      "--workers: a pool is held by one thread: expected --workers 1 with --pool-max",
      "--workers: the gate of sessions is held by one thread: expected --workers 1 with --chaos pool-limit:max=2@1s",
    ]);
    expect(problemsOf({ workers: 2 }, planOf({ poolMax: 6 }))).toHaveLength(1);
    const limited = planOf({ chaos: ["pool-limit:max=2"] });
    expect(problemsOf({ workers: 2 }, limited)).toHaveLength(1);
  });

  it("cannot share the gates of a service, nor the pool that a scenario has by itself", () => {
    const given = { ...concurrent, defaults: { ...concurrent.defaults, poolMax: 5 } };
    const problems = (scenario: Scenario, options: Partial<RunOptions>) => {
      const plan = planned(options, null, scenario);
      return plan.ok ? [] : plan.problems;
    };
    expect(problems(service, { workers: 2 })).toEqual([
      "--workers: the gates of a service are held by one thread: expected --workers 1 with service",
    ]);
    expect(problems(given, { workers: 2 })).toEqual([
      "--workers: the pool of concurrent is held by one thread: expected --workers 1",
    ]);
    expect(problems(given, { workers: 2, poolMax: 6 })).toHaveLength(1);
    for (const scenario of [service, given]) expect(problems(scenario, { workers: 1 })).toEqual([]);
  });

  it("may have both if they are one, and other faults if they are many", () => {
    expect(problemsOf({ workers: 1, poolMax: 6, chaos: ["pool-limit:max=2"] })).toEqual([]);
    expect(problemsOf({ workers: 2, chaos: ["pool-limit:max=2,via=pgbouncer"] })).toEqual([]);
    expect(problemsOf({ workers: 2, chaos: ["autovacuum-pause"] })).toEqual([]);
  });
});

describe("the driver", () => {
  it("is the lean one, unless another is asked for or repeated", () => {
    expect(planOf({}).driver).toBe("lean");
    const plain = planOf({ driver: "plain" });
    expect(plain.driver).toBe("plain");
    expect(planOf({}, plain).driver).toBe("plain");
    expect(planOf({ driver: "lean" }, plain).driver).toBe("lean");
  });
});
