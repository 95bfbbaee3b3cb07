import { describe, expect, it } from "vitest";
import { singleDocument } from "../../scenarios/dms/single-document.ts";
import { problemsOfAnyRun } from "../../src/cli/plan.ts";
import type { RunOptions } from "../../src/cli/run-options.ts";
import type { Plan } from "../../src/core/plan.ts";
import { planOf, problemsOf, request } from "./plan-request.ts";

const url = "postgresql://me@host:5432/mine";

describe("the plan", () => {
  it("has a value for everything that was not given", () => {
    expect(planOf()).toEqual({
      schema: "loadgen.plan/1",
      scenario: "concurrent",
      options: { unlocked: false, hot: null },
      system: "dms",
      variant: "current",
      strategies: {},
      fixture: {
        documents: 2_000,
        references: 200_000,
        partitions: 16,
        keys: 16,
        averageReferences: 100,
      },
      fixtureFiles: null,
      payloads: null,
      engine: "pg",
      k6: null,
      driver: "lean",
      workers: 1,
      seed: 12345,
      sessions: 10,
      durationMs: 20_000,
      transactionsPerSession: null,
      rate: null,
      arrivals: null,
      warmupMs: 5_000,
      thinkMs: [10, 50],
      holdMs: 0,
      isolation: "read-committed",
      poolMax: null,
      connectionsEach: 1,
      driverSockets: null,
      timeoutMs: 30_000,
      graceMs: 5_000,
      statementTimeoutMs: 60_000,
      lockTimeoutMs: 10_000,
      faults: [],
      allowChaosOn: null,
      thresholds: [
        { source: "scenario", metric: "aborted", expression: "count == 0" },
        { source: "scenario", metric: "unknown", expression: "count == 0" },
      ],
      url: null,
      ...{ existing: false, ledger: false, explain: false, keep: false },
    });
  });

  it("takes what is given before what is repeated, and that before the default", () => {
    const repeated = planOf(
      {
        ...{ sessions: 3, seed: 7, hold: 5, keep: true, documents: 300, driver: "plain" },
        chaos: ["pool-limit:max=2"],
      },
      { scenarioOptions: { hot: 4, unlocked: true } },
    );
    const plan = planOf({ sessions: 5 }, { repeated, scenarioOptions: { hot: 9 } });
    expect(plan).toEqual({ ...repeated, sessions: 5, options: { hot: 9, unlocked: true } });
    expect(planOf({}, { repeated })).toEqual(repeated);
  });

  it("takes zeros that are given", () => {
    const repeated = planOf({ seed: 7, warmup: 100, think: [1, 2], grace: 3 });
    expect(planOf({ seed: 0, warmup: 0, think: [0, 0], grace: 0 }, { repeated })).toMatchObject({
      seed: 0,
      warmupMs: 0,
      thinkMs: [0, 0],
      graceMs: 0,
    });
  });

  it("leaves behind what only the repeated plan's scenario has options for", () => {
    const repeated = planOf({}, { scenarioOptions: { hot: 4, unlocked: true } });
    const other = { scenario: singleDocument, scenarioName: "single-document", repeated };
    expect(planOf({}, other).options).toEqual({ payload: "standard", unlocked: true });
  });

  it("is frozen through and through", () => {
    const plan = planOf({ chaos: ["pool-limit:max=6"] });
    for (const part of [
      plan,
      plan.options,
      plan.fixture,
      plan.faults,
      plan.faults[0]?.parameters,
    ]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });

  it("measures for a time or for transactions: the one that is given replaces a repeated other", () => {
    const byCount = planOf({ transactions: 30 });
    expect(byCount).toMatchObject({ durationMs: null, transactionsPerSession: 30 });
    expect(planOf({}, { repeated: byCount })).toMatchObject(byCount);
    expect(planOf({ duration: 2_000 }, { repeated: byCount })).toMatchObject({
      durationMs: 2_000,
      transactionsPerSession: null,
    });
    expect(problemsOf({ duration: 2_000, transactions: 30 })).toEqual([
      "--duration and --transactions exclude each other: give one of them",
    ]);
  });

  it("has thresholds of the scenario, and of files, which replace those of the repeated run's", () => {
    const old = { source: "old.yaml", metric: "latency", expression: "avg < 1s" };
    const fresh = { source: "new.yaml", metric: "latency", expression: "avg < 2s" };
    const repeated = planOf({}, { thresholds: [old] });
    const sources = (plan: Plan) => [...new Set(plan.thresholds.map(({ source }) => source))];
    expect(sources(repeated)).toEqual(["scenario", "old.yaml"]);
    expect(sources(planOf({}, { repeated }))).toEqual(["scenario", "old.yaml"]);
    expect(sources(planOf({}, { repeated, thresholds: [fresh] }))).toEqual([
      "scenario",
      "new.yaml",
    ]);
  });
});

describe("the plan's faults", () => {
  it("are read with their times and parameters", () => {
    expect(planOf({ chaos: ["pool-limit:max=6@10s+5s", "autovacuum-pause"] }).faults).toEqual([
      {
        text: "pool-limit:max=6@10s+5s",
        name: "pool-limit",
        parameters: { max: 6, via: "gate" },
        startMs: 10_000,
        lengthMs: 5_000,
      },
      {
        text: "autovacuum-pause",
        name: "autovacuum-pause",
        parameters: {},
        startMs: null,
        lengthMs: null,
      },
    ]);
  });

  it("replace those of the repeated run", () => {
    const repeated = planOf({ chaos: ["pool-limit:max=6"] });
    const names = (plan: Plan) => plan.faults.map(({ name }) => name);
    expect(names(planOf({ chaos: ["autovacuum-pause"] }, { repeated }))).toEqual([
      "autovacuum-pause",
    ]);
  });

  it.each(["pool-limit:max=6@20s", "pool-limit:max=6@15s+6s", "pool-limit:max=6@0s+21s"])(
    "%s lies outside of 20 s",
    (text) => {
      expect(problemsOf({ chaos: [text] })).toEqual([
        `--chaos: ${text} lies outside the measured time of 20 s`,
      ]);
    },
  );

  it("may fill the time to its end, and come at any time if the end is not known", () => {
    expect(problemsOf({ chaos: ["pool-limit:max=6@15s+5s"] })).toEqual([]);
    expect(problemsOf({ chaos: ["pool-limit:max=6@15m"], transactions: 5 })).toEqual([]);
  });

  it("lie outside, too, if a repeated run is made shorter", () => {
    const repeated = planOf({ chaos: ["pool-limit:max=6@10s+5s"] });
    expect(problemsOf({ duration: 12_000 }, { repeated })).toHaveLength(1);
  });

  it("come once at a time", () => {
    expect(problemsOf({ chaos: ["pool-limit:max=1", "pool-limit:max=2@1s+1s"] })).toEqual([
      expect.stringMatching(/^--chaos: pool-limit:max=1 and pool-limit:max=2@1s\+1s overlap/),
    ]);
    expect(problemsOf({ chaos: ["pool-limit:max=1@1s+1s", "pool-limit:max=2@2s"] })).toEqual([]);
    // The server's processes are one thing.
    expect(problemsOf({ chaos: ["freeze@1s+2s", "crash@2s+1s"] })).toHaveLength(1);
  });

  it("must exist, with all their parameters", () => {
    const chaos = [
      "pool-limit",
      "pool-limit:max=0",
      "coffee-spill",
      "Not a fault",
      "pool-limit:min=1,max=2",
    ];
    expect(problemsOf({ chaos })).toEqual([
      expect.stringContaining("--chaos: pool-limit: max is missing"),
      expect.stringContaining("--chaos: pool-limit: max=0"),
      expect.stringContaining('--chaos: there is no fault "coffee-spill": expected one of auto'),
      expect.stringContaining('fault "Not a fault"'),
      expect.stringContaining("--chaos: pool-limit has no parameter min"),
    ]);
  });
});

describe("the plan's problems", () => {
  it("are told all at once", () => {
    const given: Partial<RunOptions> = {
      duration: 1_000,
      transactions: 1,
      existing: true,
      fixture: "tiny",
      chaos: ["xx"],
      rate: [1, 2],
      think: [1, 2],
      workers: 2,
      poolMax: 3,
      sessions: 1,
    };
    expect(problemsOf(given)).toEqual([
      expect.stringContaining("--duration and --transactions"),
      expect.stringContaining("--existing needs"),
      expect.stringContaining("--think and --rate"),
      expect.stringContaining("--rate: a ramp"),
      expect.stringContaining("--workers: a pool"),
      expect.stringContaining('no fault "xx"'),
      expect.stringContaining("--fixture: --existing"),
      expect.stringContaining("--workers: 2 threads"),
    ]);
  });

  it("are told as far as they can be known without a scenario", () => {
    const given = { existing: true, chaos: ["xx"], arrivals: "constant" } as const;
    const { options, repeated } = request(given);
    expect(problemsOfAnyRun({ options, repeated, url: null })).toEqual([
      expect.stringContaining("--existing needs"),
      expect.stringContaining("--arrivals"),
      expect.stringContaining('no fault "xx"'),
    ]);
    expect(problemsOfAnyRun({ options: request().options, repeated, url })).toEqual([]);
  });
});
