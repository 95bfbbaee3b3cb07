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
  strategies: { create: "copy" },
  fixture: { documents: 200 },
  fixtureFiles: {
    folder: "/data",
    sha256: "ab",
    tables: {
      "dms.alias": { path: "/data/alias.csv", columns: ["Id"], rows: 1, bytes: 9, sha256: "cd" },
    },
  },
  payloads: { path: "mine.yaml", text: "- name: x" },
  engine: "pg",
  k6: null,
  driver: "lean",
  workers: 2,
  seed: 1,
  sessions: 4,
  durationMs: null,
  transactionsPerSession: 30,
  rate: 12.5,
  arrivals: { distribution: "poisson", rateAtEnd: 100, gapMillionths: [500_000, 1_500_000] },
  warmupMs: 0,
  thinkMs: [0, 10],
  holdMs: 0,
  isolation: "serializable",
  poolMax: 2,
  connectionsEach: 2,
  driverSockets: null,
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
  ledger: true,
  explain: true,
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

  it("is read as it was stored, of a closed loop", async () => {
    const closed = { ...plan, rate: null, arrivals: null };
    await store(closed);
    expect(await repeatedPlan(folder)).toEqual({ ok: true, value: closed });
  });

  it("is read if stored before there were drivers, threads and arrivals: it had none of them", async () => {
    const closed: Partial<Plan> = { ...plan, rate: null };
    delete (closed as { driver?: unknown }).driver;
    delete (closed as { workers?: unknown }).workers;
    delete (closed as { arrivals?: unknown }).arrivals;
    await store(closed);
    expect(await repeatedPlan(folder)).toEqual({
      ok: true,
      value: { ...plan, rate: null, driver: "plain", workers: 1, arrivals: null },
    });
  });

  it.each([
    ["driver", "fast"],
    ["workers", 0],
    ["workers", 1.5],
    ["rate", 0],
    ["rate", -1],
    ["arrivals", { ...plan.arrivals, distribution: "normal" }],
    ["arrivals", { ...plan.arrivals, rateAtEnd: 0 }],
    ["arrivals", { ...plan.arrivals, gapMillionths: [] }],
    ["arrivals", { ...plan.arrivals, gapMillionths: [0.5] }],
    ["arrivals", { ...plan.arrivals, gapMillionths: [-1] }],
  ])("is refused with %s %o", async (name, value) => {
    await store({ ...plan, [name]: value });
    expect(await problems()).toEqual([expect.stringContaining(`plan.json: ${name}`)]);
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
    const faults = [{ ...plan.faults[0], parameters: { max: [6] } }];
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
