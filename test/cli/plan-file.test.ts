import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { repeatedPlan } from "../../src/cli/plan-file.ts";
import type { Plan } from "../../src/core/plan.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "loadgen-plan-"));
});

afterEach(() => rm(folder, { recursive: true }));

const plan: Plan = {
  schema: "loadgen.plan/1",
  scenario: "mixed",
  options: { unlocked: false, hot: null, payload: "heavy", weights: { read: 1 }, n: 3 },
  system: "dms",
  variant: "current",
  fixture: { documents: 200 },
  engine: "pg",
  seed: 1,
  sessions: 4,
  durationMs: null,
  transactionsPerSession: 30,
  rate: null,
  warmupMs: 0,
  thinkMs: [0, 10],
  holdMs: 0,
  isolation: "serializable",
  poolMax: 2,
  timeoutMs: 30_000,
  graceMs: 0,
  statementTimeoutMs: 0,
  lockTimeoutMs: 0,
  faults: [
    {
      text: "pool-limit:max=6@1s",
      name: "pool-limit",
      parameters: { max: 6 },
      startMs: 1_000,
      lengthMs: null,
    },
  ],
  allowChaosOn: null,
  thresholds: [{ source: "scenario", metric: "aborted", expression: "count == 0" }],
  url: null,
  existing: false,
  keep: true,
};

function store(value: unknown): Promise<void> {
  return writeFile(join(folder, "plan.json"), JSON.stringify(value));
}

async function problems(): Promise<readonly string[]> {
  const read = await repeatedPlan(folder);
  return read.ok ? [] : read.problems;
}

describe("the plan of an earlier run", () => {
  it("is read as it was stored", async () => {
    await store(plan);
    expect(await repeatedPlan(folder)).toEqual({ ok: true, value: plan });
  });

  it("is refused where there is none", async () => {
    expect(await problems()).toEqual([
      expect.stringMatching(/^--repeat: expected a run's folder with a plan.json: ENOENT/),
    ]);
  });

  it("is refused if it is no JSON", async () => {
    await writeFile(join(folder, "plan.json"), "{");
    expect(await problems()).toEqual([expect.stringMatching(/^--repeat: expected a run's folder/)]);
  });

  it("is refused if another schema's", async () => {
    await store({ ...plan, schema: "loadgen.plan/2" });
    expect(await problems()).toEqual([expect.stringContaining("plan.json: schema: ")]);
  });

  it("is refused with every problem, each with its place", async () => {
    const faults = [{ ...plan.faults[0], parameters: { max: "six" } }];
    const wrong = { ...plan, sessions: 0, thinkMs: [1], isolation: "dirty", faults };
    await store({ ...wrong, seed: undefined });
    const places = (await problems()).map(
      (problem) => problem.split("plan.json: ")[1]?.split(": ")[0],
    );
    expect(places.map((place) => place?.split(".")[0]).sort()).toEqual([
      "faults",
      "isolation",
      "seed",
      "sessions",
      "thinkMs",
    ]);
    expect(places).toContain("faults.0.parameters.max");
  });
});
