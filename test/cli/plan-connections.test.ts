import { describe, expect, it } from "vitest";
import { dms } from "../../fixtures/dms/system.ts";
import { concurrent } from "../../scenarios/dms/concurrent.ts";
import { planFrom, problemsOfAnyRun } from "../../src/cli/plan.ts";
import type { RunOptions } from "../../src/cli/run-options.ts";
import type { Plan } from "../../src/core/plan.ts";
import type { Scenario } from "../../src/core/scenario.ts";

interface More {
  readonly scenario?: Scenario;
  readonly repeated?: Plan;
}

function planned(given: Partial<RunOptions>, { scenario = concurrent, repeated }: More) {
  return planFrom({
    scenario,
    scenarioName: scenario.name,
    system: dms,
    options: { chaos: [], thresholds: [], sizes: {}, ...given },
    scenarioOptions: {},
    thresholds: [],
    url: null,
    repeated: repeated ?? null,
    files: null,
    payloads: null,
  });
}

function planOf(given: Partial<RunOptions>, more: More = {}): Plan {
  const plan = planned(given, more);
  if (!plan.ok) throw new Error(plan.problems.join("; "));
  return plan.value;
}

function problemsOf(given: Partial<RunOptions>, more: More = {}) {
  const plan = planned(given, more);
  return plan.ok ? [] : plan.problems;
}

describe("the driver's sockets", () => {
  it("are none, unless they are asked for", () => {
    expect(planOf({})).toMatchObject({ driverSockets: null, poolMax: null });
    expect(planOf({ poolMax: 6 })).toMatchObject({ driverSockets: null, poolMax: 6 });
  });

  it("cost no time of the driver's own, unless it is given", () => {
    expect(planOf({ driverSockets: 10 }).driverSockets).toEqual({ count: 10, overheadMs: 0 });
    expect(planOf({ driverSockets: 10, driverOverhead: 45 })).toMatchObject({
      driverSockets: { count: 10, overheadMs: 45 },
      poolMax: null,
    });
  });

  it("are what --driver-overhead is about", () => {
    expect(problemsOf({ driverOverhead: 45 })).toEqual([
      "--driver-overhead is how long a socket is kept: give --driver-sockets, too",
    ]);
    expect(problemsOf({ driverOverhead: 0 })).toHaveLength(1);
  });

  it("exclude a pool that is declared, whatever the scenario is", () => {
    const given = { driverSockets: 10, poolMax: 10, chaos: [], thresholds: [], sizes: {} };
    const expected =
      "--driver-sockets and --pool-max exclude each other: the one hides from the judge what the other declares";
    expect(problemsOf(given)).toEqual([expected]);
    expect(problemsOfAnyRun({ options: given, url: null, repeated: null })).toEqual([expected]);
  });

  it("are held by one thread", () => {
    const expected =
      "--workers: the driver's sockets are held by one thread: expected --workers 1 with --driver-sockets";
    expect(problemsOf({ driverSockets: 10, workers: 2 })).toEqual([expected]);
    expect(problemsOf({ workers: 2 }, { repeated: planOf({ driverSockets: 10 }) })).toEqual([
      expected,
    ]);
    expect(problemsOf({ driverSockets: 10, workers: 1 })).toEqual([]);
  });

  it("are none of a modelled service's, whose requests take their connections themselves", () => {
    const service: Scenario = { ...concurrent, name: "service", service: true };
    expect(problemsOf({ driverSockets: 10 }, { scenario: service })).toEqual([
      "--driver-sockets: the transactions of service take and return their connections themselves: " +
        "expected a scenario whose transactions each have one throughout",
    ]);
    expect(problemsOf({}, { scenario: service })).toEqual([]);
  });
});

describe("repeated connections", () => {
  const shared = planOf({ driverSockets: 10, driverOverhead: 45 });
  const pooled = planOf({ poolMax: 6 });

  it("are the same, unless others are given", () => {
    expect(planOf({}, { repeated: shared })).toEqual(shared);
    expect(planOf({}, { repeated: pooled })).toEqual(pooled);
    expect(planOf({ poolMax: 7 }, { repeated: pooled }).poolMax).toBe(7);
  });

  it("keep what is not given of the sockets", () => {
    expect(planOf({ driverSockets: 5 }, { repeated: shared }).driverSockets).toEqual({
      count: 5,
      overheadMs: 45,
    });
    expect(planOf({ driverOverhead: 0 }, { repeated: shared }).driverSockets).toEqual({
      count: 10,
      overheadMs: 0,
    });
  });

  it("give way to those of the other kind: sockets can be declared, and a pool be kept quiet", () => {
    expect(planOf({ poolMax: 10 }, { repeated: shared })).toMatchObject({
      poolMax: 10,
      driverSockets: null,
    });
    expect(planOf({ driverSockets: 6 }, { repeated: pooled })).toMatchObject({
      poolMax: null,
      driverSockets: { count: 6, overheadMs: 0 },
    });
    expect(problemsOf({ driverOverhead: 5, poolMax: 10 }, { repeated: shared })).toHaveLength(1);
  });
});

describe("a scenario's own pool", () => {
  const scenario: Scenario = { ...concurrent, defaults: { ...concurrent.defaults, poolMax: 100 } };

  it("is there unless another, or the driver's sockets, are asked for", () => {
    expect(planOf({}, { scenario }).poolMax).toBe(100);
    expect(planOf({ poolMax: 6 }, { scenario }).poolMax).toBe(6);
    expect(planOf({ driverSockets: 6 }, { scenario }).poolMax).toBeNull();
  });
});

describe("a scenario whose sessions have several connections", () => {
  const scenario = { ...concurrent, connections: () => 4 };

  it("has so many each, and no pool, no shared sockets and no k6", () => {
    expect(planOf({ sessions: 3 }, { scenario }).connectionsEach).toBe(4);
    const problemsWith = (given: Partial<RunOptions>) => problemsOf(given, { scenario });
    expect(problemsWith({ poolMax: 8, engine: "k6" })).toEqual([
      "--pool-max: concurrent needs 4 connections a session, its own: leave it out",
      "--engine k6: concurrent needs 4 connections a session, and k6's sessions have one: expected pg",
    ]);
    expect(problemsWith({ driverSockets: 8 })).toEqual([
      "--driver-sockets: concurrent needs 4 connections a session, its own: leave it out",
    ]);
    const limited = { chaos: ["pool-limit:max=6@1s+1s", "freeze@1s+1s"], duration: 5_000 };
    expect(problemsWith(limited)).toEqual([
      "--chaos pool-limit:max=6@1s+1s: concurrent needs 4 connections a session, and the gate counts sessions: " +
        "leave it out, or take a variant with one connection a session",
    ]);
  });
});
