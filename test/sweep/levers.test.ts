import { describe, expect, it } from "vitest";
import type { Fix } from "../../src/core/scenario.ts";
import type { Suspect } from "../../src/scaling/suspects.ts";
import { leverFor, openFixes } from "../../src/sweep/levers.ts";
import { planWith } from "../helpers/plan.ts";
import { poolBeforeBusyServer, poolOfSix, seenWith } from "../scaling/measurements.ts";

function suspect(kind: Suspect["kind"], name: string | null = null): Suspect {
  return { kind, name, weight: 1 };
}

const limit = {
  text: "pool-limit:max=6",
  name: "pool-limit",
  parameters: { max: 6 },
  startMs: null,
  lengthMs: null,
};

describe("a lever for the pool", () => {
  it("widens the pool and the fault, whichever there is, and both if both are", () => {
    const plan = planWith({ sessions: 24, poolMax: 8, faults: [limit] });
    const lever = leverFor(suspect("pool"), { plan, seen: poolOfSix, fixes: [] });
    expect(lever?.plan.poolMax).toBe(16);
    expect(lever?.plan.faults).toEqual([
      { ...limit, text: "pool-limit:max=12", parameters: { max: 12 } },
    ]);
    expect(lever?.changed).toBe(
      "sessions at a time from 6 to 12, the pool from 8 to 16 connections",
    );
    expect(lever?.predicted).toBeCloseTo(100);
  });

  it("leaves the rest of the fault as it is", () => {
    const through = {
      ...limit,
      text: "pool-limit:max=6,via=pgbouncer@1s",
      parameters: { max: 6, via: "pgbouncer" },
    };
    const plan = planWith({ sessions: 24, faults: [through] });
    const lever = leverFor(suspect("pool"), { plan, seen: poolOfSix, fixes: [] });
    expect(lever?.plan.faults).toEqual([
      {
        ...through,
        text: "pool-limit:max=12,via=pgbouncer@1s",
        parameters: { max: 12, via: "pgbouncer" },
      },
    ]);
  });

  it("has no more than one connection for each session, and none where there are as many", () => {
    const given = { seen: poolOfSix, fixes: [] };
    const plan = planWith({ sessions: 10, poolMax: 6 });
    expect(leverFor(suspect("pool"), { plan, ...given })?.plan.poolMax).toBe(10);
    const enough = planWith({ sessions: 6, poolMax: 6 });
    expect(leverFor(suspect("pool"), { plan: enough, ...given })).toBeNull();
  });

  it("is none where the plan has no pool", () => {
    const given = { plan: planWith({}), seen: poolOfSix, fixes: [] };
    expect(leverFor(suspect("pool"), given)).toBeNull();
  });
});

describe("a lever for the cores", () => {
  const plan = planWith({ faults: [limit] });

  it("takes half of them away, beside the faults of the plan", () => {
    const lever = leverFor(suspect("cpu"), { plan, seen: poolBeforeBusyServer, fixes: [] });
    expect(lever?.plan.faults.map(({ text }) => text)).toEqual([
      "pool-limit:max=6",
      "cpu-limit:cores=1",
    ]);
    expect(lever?.predicted).toBeCloseTo(200 / 1.7);
  });

  it("is none on another machine, on a single core, and where half of them (nearly) suffice", () => {
    const host = { cores: 2, busyCores: 1.9, serverCores: 0.9, generatorCores: 0.9 };
    for (const other of [null, { ...host, cores: 1 }, host, { ...host, serverCores: 1.2 }]) {
      const given = { plan, seen: seenWith({ host: other }), fixes: [] };
      expect(leverFor(suspect("cpu"), given)).toBeNull();
    }
  });
});

describe("a lever of the scenario's own", () => {
  const fix: Fix = {
    name: "schema=swap",
    summary: "readers go in parallel",
    relieves: { kind: "service-gate", gate: "schema-lock" },
    options: { schema: "swap" },
  };
  const plan = planWith({ options: { schema: "before", claims: "before" } });
  const given = { plan, seen: poolOfSix, fixes: [fix] };

  it("changes the options", () => {
    const lever = leverFor(suspect("service-gate", "schema-lock"), given);
    expect(lever?.plan.options).toEqual({ schema: "swap", claims: "before" });
    expect(lever?.changed).toBe("schema=swap (readers go in parallel)");
  });

  it("is none for another gate, another kind, and where it is so already", () => {
    expect(leverFor(suspect("service-gate", "cores"), given)).toBeNull();
    expect(leverFor(suspect("lock", "schema-lock"), given)).toBeNull();
    const swapped = { ...given, plan: planWith({ options: { schema: "swap" } }) };
    expect(leverFor(suspect("service-gate", "schema-lock"), swapped)).toBeNull();
  });
});

describe("the fixes that are open", () => {
  const schema = (value: string): Fix => ({
    name: `schema=${value}`,
    summary: value,
    relieves: { kind: "service-gate", gate: "schema-lock" },
    options: { schema: value },
  });
  const fixes = [schema("swap"), schema("precomputed")];
  const openAt = (value: string) =>
    openFixes(fixes, planWith({ options: { schema: value } })).map(({ name }) => name);

  it("are those that go further than what is so already: none goes back", () => {
    expect(openAt("before")).toEqual(["schema=swap", "schema=precomputed"]);
    expect(openAt("swap")).toEqual(["schema=precomputed"]);
    expect(openAt("precomputed")).toEqual([]);
  });
});

it.each(["io", "internal-lock"] as const)("there is no lever for %s", (kind) => {
  const given = { plan: planWith({}), seen: poolOfSix, fixes: [] };
  expect(leverFor(suspect(kind), given)).toBeNull();
});
