import { describe, expect, it } from "vitest";
import { judge } from "../../src/run/judge.ts";
import { aborted, finished, unknown } from "../metrics/transactions.ts";
import { measured, nothing, onlyFailures, threshold, fault, fine, verdict } from "./judge-input.ts";

describe("judge", () => {
  it("passes a good run and says what it has shown", () => {
    const judged = judge({
      ...fine,
      thresholds: [threshold("latency", "max < 5ms"), threshold("errors", "count == 0")],
      invariants: [
        { name: "no-orphans", ok: true, evidence: "0 of 200 000 rows" },
        { name: "no-doubles", ok: true, evidence: "0 of 200 000 rows" },
      ],
      faults: [fault],
    });
    expect(judged.verdict).toEqual({
      status: "pass",
      exitCode: 0,
      reasons: [
        "3 412 transactions committed by 100 sessions in 20 s; 1 fault took effect and left nothing behind, all 2 thresholds hold, all 2 invariants hold",
      ],
    });
    expect(judged.thresholds.map(({ judged: how }) => how)).toEqual(["pass", "pass"]);
  });

  it("says of a crash what it was, and of what could not be checked that it was not", () => {
    const judged = judge({
      ...fine,
      invariants: [{ name: "indexes-intact", ok: null, evidence: "no amcheck" }],
      faults: [{ ...fault, crashes: true }],
      commitsUnchecked: true,
    });
    expect(judged.verdict.exitCode).toBe(0);
    expect(judged.verdict.reasons.join()).toMatch(
      /; 1 fault took effect and left nothing behind, lost commits were NOT checked, the invariant indexes-intact was NOT checked, survived process crash; loss of power not tested$/,
    );
  });

  it("claims nothing that was not looked at, and hides no failed work", () => {
    const measurements = measured((recorder) => {
      recorder.record(finished());
      recorder.record(finished({ outcome: aborted }));
      recorder.record(finished({ outcome: unknown }));
    });
    expect(verdict({ measurements, sessions: 1 }).reasons).toEqual([
      "1 transaction committed by 1 session in 20 s, 1 aborted, 1 unknown",
    ]);
  });

  it("ends with 94 when a fault could not be undone, and says how to do it by hand", () => {
    const undoProblem = "public.item still has autovacuum_enabled=false: alter table … reset";
    const judged = verdict({ faults: [{ ...fault, undoProblem }] });
    expect(judged).toMatchObject({ status: "fail", exitCode: 94 });
    expect(judged.reasons[0]).toContain("pool-limit:max=6 could not be undone: public.item still");
  });

  it("ends with 96 when an invariant is broken", () => {
    const invariants = [
      { name: "no-orphans", ok: false, evidence: "3 rows without a parent" },
      { name: "no-doubles", ok: true, evidence: "none" },
    ];
    expect(verdict({ invariants })).toEqual({
      status: "fail",
      exitCode: 96,
      reasons: ["the invariant no-orphans is broken: 3 rows without a parent"],
    });
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("stopped by %s ends with %i", (signal, exitCode) => {
    expect(verdict({ signal })).toEqual({
      status: "unknown",
      exitCode,
      reasons: [`stopped by ${signal} after 20 s of measured time`],
    });
  });

  it("ends with 97 when nothing finished", () => {
    expect(verdict({ measurements: nothing })).toEqual({
      status: "invalid",
      exitCode: 97,
      reasons: [
        "nothing finished in 20 s: 1 transaction without an end, so there is nothing to judge",
      ],
    });
  });

  it("ends with 97 when nothing committed, and names the most frequent error", () => {
    expect(verdict({ measurements: onlyFailures })).toEqual({
      status: "invalid",
      exitCode: 97,
      reasons: [
        expect.stringMatching(
          /^none of 4 transactions committed; the most frequent error is 55P03 \(3 times: .+\)$/,
        ),
      ],
    });
  });

  it("ends with 97 when there is no data for a threshold", () => {
    const judged = judge({ ...fine, thresholds: [threshold("wal_bytes", "value < 10")] });
    expect(judged.verdict).toMatchObject({ status: "invalid", exitCode: 97 });
    expect(judged.thresholds).toMatchObject([{ ok: false, actual: null, judged: "no-data" }]);
  });

  it("ends with 97 when the generator was the bottleneck, with every reason to think so", () => {
    const judged = verdict({ generatorDoubts: ["it used 93 % of its one core", "it was late"] });
    expect(judged).toEqual({
      status: "invalid",
      exitCode: 97,
      reasons: [
        "the load generator itself was the bottleneck: it used 93 % of its one core",
        "the load generator itself was the bottleneck: it was late",
      ],
    });
  });

  it("ends with 95 when a fault took no effect", () => {
    const faults = [fault, { ...fault, effective: false, evidence: "100 busy sessions" }];
    expect(verdict({ faults })).toEqual({
      status: "invalid",
      exitCode: 95,
      reasons: ["the fault pool-limit:max=6 took no effect: 100 busy sessions"],
    });
  });

  it("ends with 95 when a fault's effect could not be told, unless the run was stopped before", () => {
    const faults = [{ ...fault, effective: null, evidence: "no samples" }];
    expect(verdict({ faults })).toMatchObject({ status: "invalid", exitCode: 95 });
    expect(verdict({ faults, signal: "SIGINT" }).reasons).toHaveLength(1);
  });

  it("says nothing of effects when the run was stopped before its windows were over", () => {
    const faults = [{ ...fault, effective: false }];
    expect(verdict({ faults, signal: "SIGINT" }).reasons).toHaveLength(1);
  });

  it("ends with 93 when the sample is too small for a percentile", () => {
    const thresholds = [threshold("latency", "p(99.9) < 1s")];
    expect(verdict({ thresholds })).toMatchObject({ status: "unknown", exitCode: 93 });
  });

  it("ends with 97 when more than a tenth was dropped in flight, which no percentile has", () => {
    const withDropped = (dropped: number) =>
      measured((recorder) => {
        for (let count = 0; count < 90; count++) recorder.record(finished());
        for (let count = 0; count < dropped; count++) recorder.censored("write", 5_000_000);
      });
    const fails = verdict({ measurements: withDropped(11) });
    expect(fails).toMatchObject({ status: "invalid", exitCode: 97 });
    expect(fails.reasons[0]).toContain("11 transactions of 101 did not end within the run");
    const passes = verdict({ measurements: withDropped(10) });
    expect(passes.exitCode).toBe(0);
    expect(passes.reasons[0]).toContain("10 dropped in flight");
    expect(verdict({ measurements: withDropped(11), signal: "SIGINT" }).exitCode).toBe(130);
  });

  it("ends with 97 when there is a doubt about the run as a whole", () => {
    const doubts = ["the connection that held the run lock is gone"];
    expect(verdict({ doubts })).toEqual({ status: "invalid", exitCode: 97, reasons: doubts });
  });

  it("ends with 97 when sessions gave up on a server that was gone", () => {
    const measurements = measured((recorder) => {
      recorder.record(finished());
      recorder.sessionLost();
    });
    const judged = verdict({ measurements });
    expect(judged).toMatchObject({ status: "invalid", exitCode: 97 });
    expect(judged.reasons[0]).toContain("1 session gave up");
  });

  it("does not blame the generator where nothing was committed", () => {
    const judged = verdict({ measurements: onlyFailures, generatorDoubts: ["it used 93 %"] });
    expect(judged.exitCode).toBe(97);
    expect(judged.reasons.join()).not.toContain("generator");
  });

  it("ends with 99 when a threshold fails", () => {
    const thresholds = [threshold("latency", "max < 5ms"), threshold("latency", "max < 500us")];
    expect(verdict({ thresholds })).toEqual({
      status: "fail",
      exitCode: 99,
      reasons: ["latency: max < 500us does not hold: it was 1000us"],
    });
  });

  it("tells everything that is wrong, gravest first", () => {
    const judged = verdict({
      measurements: onlyFailures,
      thresholds: [threshold("errors", "count == 0")],
      invariants: [{ name: "no-orphans", ok: false, evidence: "3 rows" }],
      faults: [{ ...fault, effective: false, undoProblem: "left" }],
      signal: null,
    });
    expect(judged.exitCode).toBe(94);
    expect(judged.reasons.map((reason) => reason.split(" ").slice(0, 2).join(" "))).toEqual([
      "the fault",
      "the invariant",
      "none of",
      "the fault",
      "errors: count",
    ]);
  });
});
