import { describe, expect, it } from "vitest";
import { Recorder } from "../../src/metrics/recorder.ts";
import { parseThreshold, type Threshold } from "../../src/metrics/threshold-text.ts";
import type { Measurements } from "../../src/metrics/thresholds.ts";
import { type FaultResult, judge, type JudgeInput } from "../../src/run/judge.ts";
import { aborted, finished, unknown } from "../metrics/transactions.ts";

function measured(fill: (recorder: Recorder) => void): Measurements {
  const recorder = new Recorder();
  fill(recorder);
  const tally = recorder.take();
  const whole = { lengthMs: 20_000, tally, inTime: tally };
  return { whole, windows: [], recoveries: [], deadTuples: null, walBytes: null };
}

const good = measured((recorder) => {
  for (let count = 0; count < 3412; count++) recorder.record(finished());
});

const nothing = measured((recorder) => recorder.censored("write", 5_000_000));

const onlyFailures = measured((recorder) => {
  recorder.record(finished({ outcome: { kind: "aborted", code: "23505" } }));
  for (let count = 0; count < 3; count++) {
    recorder.record(finished({ outcome: { kind: "aborted", code: "55P03" } }));
  }
});

function threshold(metric: string, expression: string): Threshold {
  const read = parseThreshold({ source: "scenario", metric, expression });
  if (!read.ok) throw new Error(read.problems.join());
  return read.value;
}

const fault: FaultResult = {
  name: "pool-limit",
  text: "pool-limit:max=6",
  crashes: false,
  effective: true,
  evidence: "at most 6 busy sessions",
  undoProblem: null,
  endsTransactions: false,
  impact: null,
};

const fine: JudgeInput = {
  sessions: 100,
  measurements: good,
  thresholds: [],
  faults: [],
  invariants: [],
  doubts: [],
  generatorDoubts: [],
  commitsUnchecked: false,
  overload: null,
  signal: null,
};

function verdict(given: Partial<JudgeInput>) {
  return judge({ ...fine, ...given }).verdict;
}

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

const overload = { waitingAtEnd: 1_500, offeredPerSecond: 245.6 };

describe("a run that was overloaded", () => {
  it("ends with 99, and says what was offered, what was served and what waits", () => {
    expect(verdict({ overload })).toEqual({
      status: "fail",
      exitCode: 99,
      reasons: [
        "overloaded: 245.6 transactions a second were offered and 170.6 committed by 100 sessions; " +
          "1 500 arrivals waited at the end, ever more of them, so latencies only tell how long the run was, " +
          "and none is compared",
      ],
    });
  });

  it.each([
    ["latency", "p(95) < 1us"],
    ["latency{operation:write}", "max < 1us"],
    ["service", "avg < 1us"],
    ["pool_wait", "p(99.99) < 1us"],
    ["latency{operation:nothing}", "max < 1s"],
  ])("compares no time: %s: %s is neither missed nor unknown", (metric, expression) => {
    const given = { ...fine, thresholds: [threshold(metric, expression)] };
    const judged = judge({ ...given, overload });
    expect(judged.thresholds).toMatchObject([{ judged: "not-compared", ok: false, actual: null }]);
    expect(judged.verdict).toMatchObject({ exitCode: 99, reasons: [expect.anything()] });
    // Which would fail, or not be known, if it had been served what it was offered.
    expect(judge(given).thresholds).not.toMatchObject([{ judged: "not-compared" }]);
    expect(judge(given).verdict.exitCode).not.toBe(0);
  });

  it("compares all that is no time", () => {
    const thresholds = [threshold("errors", "count == 0"), threshold("committed", "rate > 245")];
    const judged = judge({ ...fine, thresholds, overload });
    expect(judged.thresholds.map(({ judged: how }) => how)).toEqual(["pass", "fail"]);
    expect(judged.verdict.reasons).toHaveLength(2);
    expect(judged.verdict.exitCode).toBe(99);
  });

  it("is told as that, and not by what is left of it in flight", () => {
    const measurements = measured((recorder) => {
      for (let count = 0; count < 90; count++) recorder.record(finished());
      for (let count = 0; count < 90; count++) recorder.neverStarted("write", 5_000_000);
    });
    const judged = verdict({ measurements, overload });
    expect(judged.exitCode).toBe(99);
    expect(judged.reasons).toHaveLength(1);
  });

  it("is invalid before that where the generator was the bottleneck", () => {
    const judged = verdict({ overload, generatorDoubts: ["it used 93 % of its one core"] });
    expect(judged).toMatchObject({ status: "invalid", exitCode: 97 });
    expect(judged.reasons.map((reason) => reason.split(" ")[0])).toEqual(["the", "overloaded:"]);
  });

  it("says nothing of overload where there was none", () => {
    expect(verdict({}).reasons.join()).not.toContain("overloaded");
  });
});

describe("arrivals that no session was free to start", () => {
  it("are no transactions that were dropped in flight", () => {
    const measurements = measured((recorder) => {
      for (let count = 0; count < 100; count++) recorder.record(finished());
      recorder.censored("write", 5_000);
      for (let count = 0; count < 2; count++) recorder.neverStarted("write", 5_000);
    });
    expect(verdict({ measurements, sessions: 4 }).reasons).toEqual([
      "100 transactions committed by 4 sessions in 20 s, 1 dropped in flight, 2 never started",
    ]);
  });
});
