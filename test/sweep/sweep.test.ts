import { describe, expect, it } from "vitest";
import type { Plan } from "../../src/core/plan.ts";
import { RunRefused } from "../../src/run/checks.ts";
import type { RunResult } from "../../src/run/result.ts";
import type { Ran } from "../../src/sweep/campaign.ts";
import type { SweepRequest } from "../../src/sweep/findings.ts";
import { extraRunsMax, sweep } from "../../src/sweep/sweep.ts";
import { planWith } from "../helpers/plan.ts";
import { type Model, performing, pooled } from "./model.ts";
import { counts, requestFor } from "./request.ts";

function sessionsOf(runs: readonly Ran[]): readonly number[] {
  return runs.map(({ plan }) => plan.sessions);
}

describe("a sweep", () => {
  it("finds the pool, and names it once a wider one brought more", async () => {
    const result = await sweep(requestFor(pooled));
    expect(result.knee?.sessions).toBeGreaterThan(5.5);
    expect(result.knee?.sessions).toBeLessThan(6.5);
    expect(result.explainedAt).toBe(24);
    expect(result.waitsAt).toMatchObject({
      kind: "pool",
      share: expect.closeTo(0.75, 1) as number,
    });
    expect(result.limitedBy).toMatchObject({ kind: "pool" });
    expect(result.limitedBy.relief?.changed).toBe("the pool from 6 to 12 connections");
    expect(result.limitedBy.relief?.measured).toBeGreaterThan(110);
    expect(result.verdict).toMatchObject({ status: "pass", exitCode: 0 });
    expect(result.bounds?.perSecondMax).toBeCloseTo(60, -1);
  });

  it("runs every count as often as planned, in an order of the seed's, and again around the knee", async () => {
    const ran: Ran[] = [];
    await sweep(requestFor(pooled, {}, ran));
    const rounds = [ran.slice(0, 7), ran.slice(7, 14)].map(sessionsOf);
    for (const round of rounds) {
      expect([...round].sort((one, other) => one - other)).toEqual(counts);
      expect(round).not.toEqual(counts);
    }
    expect(rounds[0]).not.toEqual(rounds[1]);
    // Around the knee: at it, just beyond, and where it is explained.
    expect(sessionsOf(ran.slice(14, 17))).toEqual([
      expect.toBeOneOf([4, 6]),
      expect.toBeOneOf([6, 8]),
      24,
    ]);
    expect(ran.length - 14).toBeLessThanOrEqual(extraRunsMax({ repeats: 2, fixes: [] }));
    const again: Ran[] = [];
    await sweep(requestFor(pooled, {}, again));
    expect(sessionsOf(again)).toEqual(sessionsOf(ran));
  });

  it("widens the fault that limits sessions, and keeps when it is in force", async () => {
    const fault = {
      text: "pool-limit:max=6@0s+1s",
      name: "pool-limit",
      parameters: { max: 6 },
      startMs: 0,
      lengthMs: 1000,
    };
    const model: Model = (plan) =>
      pooled({ ...plan, poolMax: Number(plan.faults[0]?.parameters.max) });
    const ran: Ran[] = [];
    const plan = planWith({ faults: [fault], durationMs: 1000, transactionsPerSession: null });
    const result = await sweep(requestFor(model, { plan }, ran));
    expect(result.limitedBy).toMatchObject({ kind: "pool" });
    const widened = ran.filter(({ purpose }) => purpose.startsWith("relief"));
    expect(widened.map((one) => one.plan.faults[0]?.text)).toEqual([
      "pool-limit:max=12@0s+1s",
      "pool-limit:max=12@0s+1s",
    ]);
  });

  it("names the cpu where the queue is at the pool and a wider one brings nothing", async () => {
    const model: Model = (plan) => {
      const cores = plan.faults.some(({ name }) => name === "cpu-limit") ? 1 : 2;
      const perSecond = 60 * Math.min(plan.sessions, cores);
      const atPool = Math.max(0, plan.sessions - (plan.poolMax ?? 0));
      return {
        ...pooled(plan),
        perSecond,
        poolWaitMs: (atPool / perSecond) * 1_000,
        busyCores: cores * 0.98,
      };
    };
    const result = await sweep(requestFor(model));
    expect(result.waitsAt.kind).toBe("pool");
    expect(result.limitedBy.kind).toBe("cpu");
    expect(result.limitedBy.relief?.changed).toBe("the server's sessions on 1 of 2 cores");
    expect(result.limitedBy.evidence).toContain("the pool from 6 to 12 connections");
  });

  it("is invalid where fewer backends work than the generator believes, and relieves nothing", async () => {
    const ran: Ran[] = [];
    const model: Model = ({ sessions }) => ({
      perSecond: 6 * Math.min(sessions, 10),
      backendsMax: Math.min(sessions, 10),
    });
    const plan = planWith({ durationMs: 1000, transactionsPerSession: null });
    const result = await sweep(requestFor(model, { plan, counts: [2, 4, 8, 12, 24, 48] }, ran));
    expect(result.limitedBy.kind).toBe("generator");
    expect(result.verdict.exitCode).toBe(97);
    expect(result.verdict.reasons.join()).toContain("backends");
    expect(ran.filter(({ purpose }) => purpose.startsWith("relief"))).toEqual([]);
  });

  it("claims no knee where throughput follows the sessions to the end", async () => {
    const plan = planWith({ durationMs: 1000, transactionsPerSession: null });
    const result = await sweep(requestFor(pooled, { plan }));
    expect(result.knee).toBeNull();
    expect(result.verdict).toMatchObject({ status: "unknown", exitCode: 93 });
    expect(result.limitedBy.kind).toBe("none");
  });

  it("takes the verdict of its gravest run, and tells which it was", async () => {
    const broken: RunResult["verdict"] = {
      status: "fail",
      exitCode: 96,
      reasons: ["the invariant no-doubled-reference is broken: 2 rows"],
    };
    const model: Model = (plan) => ({
      ...pooled(plan),
      ...(plan.sessions === 24 ? { verdict: broken } : {}),
    });
    const { verdict, notes } = await sweep(requestFor(model));
    expect(verdict.exitCode).toBe(96);
    expect(notes.join()).toContain("kept, to look at what is broken: loadgen_run_1, loadgen_run_1");
    expect(verdict.reasons[0]).toMatch(/^24 sessions \(and in \d other runs?\): the invariant/);
  });

  it("makes a run that is invalid once more, and counts that one", async () => {
    const invalid: RunResult["verdict"] = { status: "invalid", exitCode: 97, reasons: ["late"] };
    let isFirst = true;
    const model: Model = (plan) => {
      const isChance = plan.sessions === 4 && isFirst;
      if (isChance) isFirst = false;
      return { ...pooled(plan), ...(isChance ? { perSecond: 3, verdict: invalid } : {}) };
    };
    const result = await sweep(requestFor(model));
    expect(result.verdict.exitCode).toBe(0);
    const step = result.steps.find(({ sessions }) => sessions === 4);
    expect(step?.runs.map(({ exitCode }) => exitCode)).not.toContain(97);
    expect(result.notes.join()).toMatch(/^4 sessions \(runs\/\d+-4-sessions\) was invalid/);
  });

  it("is invalid where the second run is invalid, too", async () => {
    const invalid: RunResult["verdict"] = { status: "invalid", exitCode: 97, reasons: ["late"] };
    const model: Model = (plan) => ({
      ...pooled(plan),
      ...(plan.sessions === 4 ? { verdict: invalid } : {}),
    });
    expect((await sweep(requestFor(model))).verdict.exitCode).toBe(97);
  });

  it("minds a fault without effect only if it had none in any run", async () => {
    const idle: RunResult["verdict"] = { status: "invalid", exitCode: 95, reasons: ["no effect"] };
    const upTo =
      (sessions: number): Model =>
      (plan) => ({
        ...pooled(plan),
        ...(plan.sessions <= sessions ? { verdict: idle } : {}),
      });
    expect((await sweep(requestFor(upTo(6)))).verdict.exitCode).toBe(0);
    expect((await sweep(requestFor(upTo(24)))).verdict.exitCode).toBe(95);
  });
});

describe("a relief that is no evidence", () => {
  const plan = planWith({ poolMax: 6, durationMs: 1000, transactionsPerSession: null });
  /** The pool is full, and so are the cores. */
  const full: Model = (given) => ({ ...pooled(given), busyCores: 1.98 });

  it("is told, and the next one is tried", async () => {
    const refused = performing(full);
    const perform = (given: Plan) =>
      given.poolMax === 12
        ? Promise.reject(new RunRefused(["12 connections are more than there is room for"], []))
        : refused(given);
    const result = await sweep(requestFor(full, { plan, perform }));
    expect(result.notes.join()).toContain("could not be tried: 12 connections are more than");
    expect(result.limitedBy.kind).not.toBe("pool");
    expect(result.limitedBy.evidence).toContain("on 1 of 2 cores");
  });

  it("exonerates nobody: cores that could not be taken away are not what was shown to be idle", async () => {
    const idle: RunResult["verdict"] = {
      status: "invalid",
      exitCode: 95,
      reasons: ["cpu-limit took no effect"],
    };
    const model: Model = (given) => ({
      ...full({ ...given, poolMax: null }),
      perSecond: 20,
      ...(given.faults.length > 0 ? { verdict: idle } : {}),
    });
    const result = await sweep(requestFor(model, { plan: { ...plan, poolMax: null } }));
    expect(result.notes.join()).toContain("is no evidence: cpu-limit took no effect");
    expect(result.limitedBy).toMatchObject({ kind: "cpu", relief: null });
  });

  it("is none where the generator was too slow to show it", async () => {
    const invalid: RunResult["verdict"] = {
      status: "invalid",
      exitCode: 97,
      reasons: ["too slow"],
    };
    const model: Model = (given) => ({
      ...pooled(given),
      ...(given.poolMax === 12 ? { verdict: invalid } : {}),
    });
    const result = await sweep(requestFor(model, { plan }));
    expect(result.limitedBy).toMatchObject({ kind: "unknown", suspected: "pool" });
  });

  it("does not hide what it left broken", async () => {
    const broken: RunResult["verdict"] = { status: "fail", exitCode: 96, reasons: ["2 rows"] };
    const model: Model = (given) => ({
      ...pooled(given),
      ...(given.poolMax === 12 ? { verdict: broken } : {}),
    });
    const { verdict } = await sweep(requestFor(model, { plan }));
    expect(verdict.exitCode).toBe(96);
    expect(verdict.reasons[0]).toContain("relief: the pool from 6 to 12 connections");
  });
});

describe("a sweep that is stopped", () => {
  function stoppedAfter(runs: number): SweepRequest {
    const controller = new AbortController();
    const perform = performing(pooled);
    let count = 0;
    return requestFor(pooled, {
      interrupted: controller.signal,
      perform: async (plan) => {
        if (++count > runs) controller.abort("SIGINT");
        return perform(plan);
      },
    });
  }

  it("tells what it had measured, and counts nothing that was stopped half way", async () => {
    const result = await sweep(stoppedAfter(9));
    expect(result.verdict).toMatchObject({ status: "unknown", exitCode: 130 });
    expect(result.verdict.reasons[0]).toBe("stopped by SIGINT after 9 runs");
    expect(result.steps.flatMap(({ runs }) => runs)).toHaveLength(9);
    expect(result.knee).toBeNull();
  });

  it("tells what the run that was stopped left broken", async () => {
    const controller = new AbortController();
    const left: RunResult["verdict"] = { status: "fail", exitCode: 94, reasons: ["still paused"] };
    const perform = performing((plan) => ({
      ...pooled(plan),
      ...(controller.signal.aborted ? { verdict: left } : {}),
    }));
    let count = 0;
    const request = requestFor(pooled, {
      interrupted: controller.signal,
      perform: (plan) => {
        if (++count === 3) controller.abort("SIGTERM");
        return perform(plan);
      },
    });
    const { verdict } = await sweep(request);
    expect(verdict.exitCode).toBe(94);
    expect(verdict.reasons.join()).toContain("still paused");
    expect(verdict.reasons.join()).toContain("SIGTERM");
  });

  it("has nothing to tell before its first run is over", async () => {
    await expect(sweep(stoppedAfter(0))).rejects.toBe("SIGINT");
  });

  it("hands on what a run fails with", async () => {
    const perform = () => Promise.reject(new Error("no server"));
    await expect(sweep(requestFor(pooled, { perform }))).rejects.toThrow("no server");
  });
});
