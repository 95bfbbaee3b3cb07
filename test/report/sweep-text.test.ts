import { describe, expect, it } from "vitest";
import { answerLines } from "../../src/report/sweep-answer.ts";
import { sweepLiveLine, sweepPlanText, sweepText } from "../../src/report/sweep-text.ts";
import type { EdgeFigure } from "../../src/scaling/measurements.ts";
import { measurementsOf } from "../../src/sweep/measured.ts";
import type { SweepResult } from "../../src/sweep/result.ts";
import { planWith } from "../helpers/plan.ts";
import { noLatency } from "./latencies.ts";
import { quietRun } from "./run-result.ts";
import { serviceSweep } from "./service-sweep.ts";
import { bendingSweep, generatorSweep, poolSweep } from "./sweep-result.ts";
import { edge, partsOf, stepWith } from "./sweep-step.ts";

const plain = { folder: "reports/one", colours: false };
const escape = "\u001b[";

const sweeps = { poolSweep, bendingSweep, generatorSweep, serviceSweep };

/** What stands beside this name, in one line. */
function answer(result: SweepResult, name: string): string {
  const lines = sweepText(result, plain).split("\n");
  const begin = lines.findIndex((line) => line.startsWith(`  ${name.padEnd(11)} `));
  if (begin < 0) throw new Error(`nothing on ${name}`);
  const length = lines.slice(begin + 1).findIndex((line) => !line.startsWith(" ".repeat(14)));
  const texts = lines.slice(begin, begin + 1 + length).map((line) => line.slice(14));
  return texts.join(" ");
}

describe("a sweep on the screen", () => {
  it("is one screen", () => {
    expect(sweepText(poolSweep, plain).split("\n").length).toBeLessThanOrEqual(45);
    for (const [name, result] of Object.entries(sweeps)) {
      for (const line of sweepText(result, plain).split("\n")) {
        expect(line.length, `${name}: ${line}`).toBeLessThanOrEqual(100);
        expect(line).toBe(line.trimEnd());
      }
    }
  });

  it("says nothing of a step of fixes of which there is nothing to say", () => {
    const fixes = serviceSweep.fixes.map((fix) => ({ ...fix, gates: [] }));
    expect(sweepText(serviceSweep, plain)).toContain("  none: ");
    expect(sweepText({ ...serviceSweep, fixes }, plain)).not.toContain("  none: ");
  });

  it("says nothing of what is missing", () => {
    for (const result of Object.values(sweeps)) {
      for (const absent of ["undefined", "null", "NaN", "Infinity"]) {
        expect(sweepText(result, plain)).not.toContain(absent);
      }
    }
    expect(sweepText(poolSweep, plain)).not.toMatch(/Fixes|Notes|NOT STEADY|did not pass/);
    expect(sweepText(bendingSweep, plain)).not.toMatch(/pool p50|CPU|bounds/);
  });

  it("has escape codes only with colours", () => {
    expect(sweepText(poolSweep, { ...plain, colours: true })).toContain(`${escape}32m`);
    expect(sweepText(poolSweep, plain)).not.toContain(escape);
  });

  it("ends with the verdict, all of it, and where the report is", () => {
    expect(sweepText(serviceSweep, plain).split("\n").slice(-2)).toEqual([
      "PASS (exit code 0): throughput rises with sessions up to 3.4; limited by the gate schema-lock",
      "  report reports/one",
    ]);
    expect(sweepText(generatorSweep, plain).split("\n").slice(-4)).toEqual([
      "INVALID (exit code 97): the load generator itself limits: 24 connections were in use at a time by",
      "  the generator's own account, but the server never had more than 10 backends",
      "  and 1 session: there is no data",
      "  report reports/one",
    ]);
  });

  it("has a step of nothing at all", () => {
    const [first] = poolSweep.steps;
    const dead = stepWith(1, 1, { perSecond: 0, low: 0, high: 0, latencyUs: noLatency });
    const text = sweepText({ ...poolSweep, steps: [dead, first!], explainedAt: null }, plain);
    expect(text).not.toMatch(/NaN|undefined|time goes/);
    expect(text).toMatch(/\n {2}1 +0 +– +– +–/);
    expect(() => sweepText({ ...poolSweep, steps: [] }, plain)).not.toThrow();
  });
});

describe("the answer of a sweep", () => {
  it("has the knee, the queue, what limits, and what that allows", () => {
    expect(answer(poolSweep, "knee")).toBe(poolSweep.kneeEvidence);
    expect(answer(poolSweep, "waits at")).toBe(
      "pool: 94 % of the time waiting for a connection of the pool",
    );
    expect(answer(poolSweep, "time goes")).toBe(
      "94 % waiting for a connection of the pool, 5 % in an open transaction, the client's turn",
    );
    expect(answer(poolSweep, "limited by")).toBe(
      `the pool of connections: ${poolSweep.limitedBy.evidence}`,
    );
    expect(answer(poolSweep, "bounds")).toBe(
      "no more than 50.3/s (1/Dmax), reached from 5.8 sessions on ((R+Z)/Dmax); " +
        "Dmax: 19.9 ms of pool a transaction, 98 % in use",
    );
    expect(answer(serviceSweep, "suspects")).toBe(
      "in use, or waited for: service-gate schema-lock 97 %, pool 6 %",
    );
  });

  it("says once at how many sessions it is explained, before all that is about these", () => {
    expect(answer(poolSweep, "explained")).toBe(
      "at 100 sessions, the most of this sweep: what follows is about these, not about the knee",
    );
    expect(answer(bendingSweep, "explained")).toContain("at 32 sessions, the most of this sweep");
    expect(answer(bendingSweep, "explained")).toContain("not about fewer");
    const names = answerLines(poolSweep).map(([name]) => name);
    expect(names.slice(0, 4)).toEqual(["knee", "USL", "explained", "waits at"]);
    const stopped = answerLines({ ...poolSweep, explainedAt: null }).map(([name]) => name);
    expect(stopped).not.toContain("explained");
    expect(stopped).not.toContain("time goes");
  });

  it("takes the step that it is about, wherever that stands", () => {
    const [first, ...others] = poolSweep.steps;
    const steps = [...others, first!];
    expect(answer({ ...poolSweep, steps }, "time goes")).toBe(answer(poolSweep, "time goes"));
  });

  it("names who waits for whom where sessions wait for locks, largest first", () => {
    expect(answer(bendingSweep, "blocked by")).toBe(
      "replace-references waits for replace-references over dms.document (3.2 sessions); " +
        "replace-references waits for delete-references over dms.document (1.3 sessions)",
    );
    const blocked = (lockShare: number, edges: readonly EdgeFigure[]) => {
      const parts = partsOf([
        ["lock", null, true, lockShare * 100],
        ["cpu", "on a core", false, 100 - lockShare * 100],
      ]);
      const steps = [stepWith(100, 50, { parts, edges })];
      return answerLines({ ...poolSweep, steps }).find(([name]) => name === "blocked by")?.[1];
    };
    const unknown = { ...edge("one", "two", 0.5), relation: "unknown" };
    // Two modes of one lock are one edge, and no relation is better than an unknown one.
    expect(blocked(0.1, [edge("two", "one", 0.9), unknown, unknown])).toBe(
      "one waits for two (1.0 sessions); two waits for one over dms.document (0.9 sessions)",
    );
    const many = [1, 2, 3, 4].map((sessions) => edge("one", `other${sessions}`, sessions));
    expect(blocked(0.5, many)).toMatch(/^one waits for other4 .*; .*other3 .*; .*other2 [^;]*$/);
    expect(blocked(0.09, many)).toBeUndefined();
    expect(blocked(0.5, [])).toBeUndefined();
  });

  it("has the law only where it is adequate", () => {
    expect(answer(bendingSweep, "USL")).toBe(
      "alpha 0.1 (0.09 to 0.11), beta 0.002 (0.0018 to 0.0022), gamma 100 (98 to 102)/s; peak at 21.2 sessions",
    );
    expect(answer(poolSweep, "USL")).toBe(`not shown: ${poolSweep.usl!.evidence}`);
    expect(answer(poolSweep, "USL")).not.toContain("alpha");
    expect(answer(generatorSweep, "USL")).toBe(
      "not shown: it takes four numbers of sessions or more, each run at least twice, and no run that committed nothing",
    );
    const peakless = { ...bendingSweep, usl: { ...bendingSweep.usl!, peak: null } };
    expect(answer(peakless, "USL")).toContain("no peak within what was measured");
  });

  it("names nothing that was not shown", () => {
    expect(answer(bendingSweep, "limited by")).toBe(
      "something not shown, probably cpu: inferred: most sessions were running and waited for nothing",
    );
    const quiet = {
      ...bendingSweep,
      waitsAt: { kind: "none", name: null, share: 0.02 },
      limitedBy: { ...bendingSweep.limitedBy, kind: "none", suspected: null, evidence: "no" },
    } as const;
    expect(answer(quiet, "waits at")).toBe("nowhere: no place has a queue");
    expect(answer(quiet, "limited by")).toBe("nothing that was found at its limit: no");
  });
});

describe("the plan of a sweep", () => {
  const length = { runs: 24, extraRunsMax: 12, runMs: 12_500 };
  const shown = { ...plain, server: "embedded PostgreSQL 18.4", k6: null, length };

  it("says first how long it takes, and then all that a run's plan says", () => {
    expect(sweepPlanText(serviceSweep.plan, shown)).toBe(
      [
        "loadgen sweep service",
        "  takes       about 5 min: 24 runs of 12.5 s, and up to 12 more around the knee and to show what",
        "              limits (7 min 30 s in all)",
        "  runs        9 counts × 2 repeats, each round in an order shuffled by the seed",
        "  load        1, 2, 4, 8, 16, 32, 64, 100, 200 sessions, closed loop, no think time, a pool of 100",
        "              connections, read-committed",
        "  time        2 s warm-up, then 10 s measured",
        "  data        system dms, variant current (documents 2 000, references 200 000)",
        "  server      embedded PostgreSQL 18.4",
        "  faults      none",
        "  thresholds  none",
        "  seed        12345",
        "  report      reports/one",
      ].join("\n"),
    );
  });

  it("promises no time that it does not know, and no runs that will not come", () => {
    const counted = { runs: 1, extraRunsMax: 0, runMs: null };
    expect(sweepPlanText(poolSweep.plan, { ...shown, length: counted })).toContain(
      "takes       nobody knows how long: 1 run\n",
    );
    const timed = { runs: 2, extraRunsMax: 0, runMs: 10_000 };
    expect(sweepPlanText(poolSweep.plan, { ...shown, length: timed })).toContain(
      "takes       about 20 s: 2 runs of 10 s\n",
    );
  });

  it("has faults and a rate", () => {
    const faults = ["pool-limit:max=6", "autovacuum-pause"];
    const text = sweepPlanText({ ...poolSweep.plan, faults, rate: 50 }, shown);
    expect(text).toContain("faults      pool-limit:max=6, autovacuum-pause\n");
    expect(text).toMatch(/ open loop, 50 transactions a\s+second, hold/);
  });

  it("has escape codes only with colours", () => {
    expect(sweepPlanText(poolSweep.plan, { ...shown, colours: true })).toContain(escape);
    expect(sweepPlanText(poolSweep.plan, shown)).not.toContain(escape);
  });
});

describe("the line of a run", () => {
  const ran = {
    plan: planWith({ sessions: 100 }),
    result: quietRun,
    seen: measurementsOf(quietRun),
    purpose: "100 sessions",
  };

  it("says which run and how it went", () => {
    expect(sweepLiveLine(ran, { count: 5, planned: 24 })).toBe(
      "run 5 of 24: 100 sessions: 617/s, p50 850 us, busy 5.5",
    );
  });

  it("says why a further run was made, and what was wrong with one", () => {
    const relief = { ...ran, purpose: "relief: the pool from 6 to 12 connections" };
    const verdict = { status: "invalid", exitCode: 97, reasons: ["too slow"] } as const;
    const result = { ...quietRun, verdict };
    expect(sweepLiveLine({ ...relief, result }, { count: 25, planned: 24 })).toBe(
      "run 25: 100 sessions, relief: the pool from 6 to 12 connections: 617/s, p50 850 us, busy 5.5, exit code 97: too slow",
    );
  });
});
