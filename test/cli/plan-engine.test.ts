import { describe, expect, it } from "vitest";
import { dms } from "../../fixtures/dms/system.ts";
import { defineVariant } from "../../src/core/variant.ts";
import { planOf, problemsOf } from "./plan-request.ts";

describe("pool-limit on k6", () => {
  const chaos = ["pool-limit:max=6@1s+2s"];

  it("goes through PgBouncer, and on pg by the gate", () => {
    const [onK6] = planOf({ engine: "k6", chaos }).faults;
    expect(onK6).toMatchObject({ text: chaos[0], parameters: { max: 6, via: "pgbouncer" } });
    expect(planOf({ chaos }).faults[0]?.parameters.via).toBe("gate");
  });

  it("goes as the engine has it when a plan of the other one is repeated", () => {
    const repeated = planOf({ chaos });
    expect(planOf({ engine: "k6" }, { repeated }).faults[0]?.parameters.via).toBe("pgbouncer");
  });

  it("is refused where it is to go by the gate", () => {
    expect(problemsOf({ engine: "k6", chaos: ["pool-limit:max=6,via=gate"] })).toEqual([
      "--chaos: pool-limit: via=gate: expected pgbouncer (k6's sessions share no gate)",
    ]);
  });

  it("is refused where the pool is no wider, for then it limits nothing", () => {
    const problem =
      "--chaos pool-limit:max=6@1s+2s narrows the pool of --pool-max 6: expected a max below 6";
    expect(problemsOf({ engine: "k6", poolMax: 6, chaos })).toEqual([problem]);
    expect(problemsOf({ engine: "k6", poolMax: 7, chaos })).toEqual([]);
    expect(problemsOf({ poolMax: 6, chaos })).toEqual([]);
  });
});

describe("an open loop on k6", () => {
  it("has as many arrivals as k6 can keep the times of", () => {
    const problem =
      "--rate: that is 2 000 002 arrivals, and k6 keeps the times of all of them in memory: expected at most 2 000 000, or --engine pg";
    expect(problemsOf({ engine: "k6", rate: [2000, 2000], duration: 1_000_000 })).toEqual([]);
    expect(problemsOf({ engine: "k6", rate: [2000, 2000], duration: 1_000_001 })).toEqual([
      problem,
    ]);
    expect(problemsOf({ engine: "k6", rate: [500, 3500], duration: 1_000_001 })).toEqual([problem]);
    expect(problemsOf({ engine: "pg", rate: [2000, 2000], duration: 1_000_001 })).toEqual([]);
  });

  it("has so many a session where that is planned", () => {
    const given = { engine: "k6", rate: [10, 10], sessions: 8 } as const;
    expect(problemsOf({ ...given, transactions: 250_000 })).toEqual([]);
    expect(problemsOf({ ...given, transactions: 250_001 })).toHaveLength(1);
    expect(problemsOf({ engine: "k6", sessions: 8, transactions: 250_001 })).toEqual([]);
  });
});

describe("a variant whose way is pg's alone", () => {
  const create = {
    values: ["insert", "copy"],
    default: "insert",
    onPgAlone: { copy: "k6 has no COPY" },
  };
  const copying = defineVariant({ summary: "COPY", strategies: { create: "copy" } });
  const system = { ...dms, strategies: { create }, variants: { ...dms.variants, copying } };

  it("is planned on pg, and is refused on k6", () => {
    expect(planOf({ variant: "copying" }, { system }).strategies).toEqual({ create: "copy" });
    expect(problemsOf({ variant: "copying", engine: "k6" }, { system })).toEqual([
      "--engine k6: the variant has create=copy, and k6 has no COPY: expected --engine pg, or another variant",
    ]);
    expect(planOf({ engine: "k6" }, { system }).strategies).toEqual({ create: "insert" });
  });
});
