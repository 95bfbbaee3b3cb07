import { describe, expect, it } from "vitest";
import { dms } from "../../fixtures/dms/system.ts";
import type { PlanRequest } from "../../src/cli/plan.ts";
import { sqlScenario } from "../../src/core/sql-scenario.ts";
import { planOf, problemsOf } from "./plan-request.ts";

const url = "postgresql://me@host:5432/mine";

function withoutSystem(): Pick<PlanRequest, "scenario" | "scenarioName" | "system"> {
  const scenario = sqlScenario("mine", "select 1");
  if (!scenario.ok) throw new Error(scenario.problems.join("; "));
  return { scenario: scenario.value, scenarioName: "/home/me/mine.sql", system: null };
}

describe("the plan's data", () => {
  it("has a named size, with single parameters changed", () => {
    expect(planOf({ fixture: "small", sizes: { partitions: 4 } }).fixture).toEqual({
      documents: 20_000,
      references: 2_000_000,
      partitions: 4,
      keys: 4,
      averageReferences: 100,
    });
  });

  it("has as many keys as partitions, unless their number is given", () => {
    expect(planOf({ sizes: { partitions: 64 } }).fixture).toMatchObject({
      partitions: 64,
      keys: 64,
    });
    const narrow = planOf({ sizes: { partitions: 64, keys: 16 } });
    expect(narrow.fixture).toMatchObject({ partitions: 64, keys: 16 });
    expect(planOf({ sizes: { documents: 300 } }, { repeated: narrow }).fixture).toMatchObject({
      keys: 16,
    });
  });

  it("has as many keys as a variant has partitions, and no fewer than without it", () => {
    const fixtureOf = (variant: string, keys?: number) => {
      const { fixture } = planOf({ variant, sizes: keys === undefined ? {} : { keys } });
      return { partitions: fixture?.partitions, keys: fixture?.keys };
    };
    expect(fixtureOf("hash-16")).toEqual({ partitions: 16, keys: 16 });
    expect(fixtureOf("hash-32")).toEqual({ partitions: 32, keys: 32 });
    expect(fixtureOf("differential,hash-64")).toEqual({ partitions: 64, keys: 64 });
    expect(fixtureOf("hash-64", 16)).toEqual({ partitions: 64, keys: 16 });
    expect(fixtureOf("unpartitioned")).toEqual({ partitions: 1, keys: 16 });
    expect(planOf({ variant: "two-level" }).fixture).toMatchObject({ subpartitions: 4, keys: 16 });
    expect(problemsOf({ variant: "hash-64", sizes: { partitions: 16 } })).toEqual([
      "--partitions: the variant has partitions 64: leave it out",
    ]);
  });

  it("keeps the keys of the repeated run, unless they followed from its variant", () => {
    const repeatedAs = (variant: string, keys: number | null, next: string | undefined) => {
      const repeated = planOf({ variant, sizes: keys === null ? {} : { keys } });
      const plan = planOf(next === undefined ? {} : { variant: next }, { repeated });
      if (next === undefined) expect(plan).toEqual(repeated);
      return plan.fixture?.keys;
    };
    expect(repeatedAs("hash-64", null, undefined)).toBe(64);
    expect(repeatedAs("hash-64", 16, undefined)).toBe(16);
    expect(repeatedAs("hash-64", null, "current")).toBe(16);
    expect(repeatedAs("hash-64", 32, "current")).toBe(32);
    expect(repeatedAs("unpartitioned", null, undefined)).toBe(16);
    expect(repeatedAs("unpartitioned,partial", null, "hash-64")).toBe(64);
  });

  it("starts from the repeated run's, unless a size is named", () => {
    const repeated = planOf({ sizes: { documents: 300, references: 3_000 } });
    expect(planOf({ sizes: { references: 9 } }, { repeated }).fixture).toMatchObject({
      documents: 300,
      references: 9,
    });
    expect(planOf({ fixture: "tiny" }, { repeated }).fixture).toMatchObject({ documents: 2_000 });
  });

  it("must make sense to the system", () => {
    expect(problemsOf({ fixture: "huge" })).toEqual([
      '--fixture: expected one of tiny, small, full, got "huge"',
    ]);
    expect(problemsOf({ sizes: { documents: 1, partitions: 1000 } })).toEqual([
      expect.stringContaining("documents must be"),
      expect.stringContaining("partitions must be"),
      expect.stringContaining("keys must be"),
    ]);
    const known = Object.keys(dms.variants).join(", ");
    expect(problemsOf({ variant: "v9" })).toEqual([
      `--variant: dms has no variant "v9": expected one of ${known}`,
    ]);
    const things = { ...dms, name: "things", sizes: { tiny: { things: 3 } }, problemsOf: () => [] };
    expect(problemsOf({ sizes: { averageReferences: 5 } }, { system: things })).toEqual([
      "--average-references: things has no such size: expected --things",
    ]);
  });

  it("is none for a scenario without a system", () => {
    expect(planOf({}, withoutSystem())).toMatchObject({
      system: null,
      variant: null,
      fixture: null,
    });
    expect(
      problemsOf({ fixture: "tiny", variant: "current", sizes: { documents: 5 } }, withoutSystem()),
    ).toEqual([
      "--variant: this scenario has no system",
      "--fixture: this scenario has no system",
      "--documents: this scenario has no system",
    ]);
  });

  it("is the database as it is with --existing, which needs one", () => {
    expect(planOf({ existing: true }, { url })).toMatchObject({
      existing: true,
      system: null,
      variant: null,
      fixture: null,
      url,
    });
    expect(problemsOf({ existing: true, sizes: { documents: 5 } })).toEqual([
      "--existing needs a database to run in: give --url or PGHOST",
      "--documents: --existing uses the data as it is",
    ]);
  });

  it("is the database as it is also with variants that change only what the client does", () => {
    const strategies = {
      create: { values: ["insert", "copy"], default: "insert", onPgAlone: { copy: "it is COPY" } },
    };
    const copying = { ...dms.variants.current!, strategies: { create: "copy" } };
    const system = { ...dms, strategies, variants: { ...dms.variants, copying } };
    const existing = { existing: true } as const;
    const plan = planOf({ ...existing, variant: "copying" }, { url, system });
    expect(plan).toMatchObject({
      system: null,
      variant: "copying",
      strategies: { create: "copy" },
    });
    expect(planOf({}, { url, system, repeated: plan })).toEqual(plan);
    expect(planOf(existing, { url, system })).toMatchObject({
      ...{ variant: null, strategies: { create: "insert" } },
    });
    // Of a run in a database of its own nothing is repeated that this one may not have.
    const repeated = planOf({ variant: "hash-64" }, { url, system });
    expect(planOf(existing, { url, system, repeated }).variant).toBeNull();
    expect(problemsOf({ ...existing, variant: "hash-64,copying" }, { url, system })).toEqual([
      "--variant: hash-64,copying changes partitions, and --existing uses the database as it is: " +
        "expected a variant that changes only what the client does",
    ]);
    expect(problemsOf({ ...existing, variant: "copying", engine: "k6" }, { url, system })).toEqual([
      "--engine k6: the variant has create=copy, and it is COPY: expected --engine pg, or another variant",
    ]);
  });
});
