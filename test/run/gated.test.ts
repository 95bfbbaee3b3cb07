import { describe, expect, it } from "vitest";
import type { Recovered } from "../../src/metrics/recovery.ts";
import { parseThreshold } from "../../src/metrics/thresholds/threshold-text.ts";
import type { Measurements } from "../../src/metrics/thresholds/thresholds.ts";
import { Recorder } from "../../src/metrics/recorder.ts";
import {
  evaluateUnderFaults,
  type GatedFault,
  recoveryFindings,
  recoveryTexts,
} from "../../src/run/gated.ts";
import { aborted, finished } from "../metrics/transactions.ts";
import { noEdges, unmeasured } from "../metrics/thresholds/unmeasured.ts";
import { impact } from "../report/impact.ts";

function threshold(metric: string, expression: string, source = "scenario") {
  const read = parseThreshold({ source, metric, expression });
  if (!read.ok) throw new Error(read.problems.join());
  return read.value;
}

function tally(abortedCount: number) {
  const recorder = new Recorder();
  for (let count = 0; count < 100; count++) recorder.record(finished());
  for (let count = 0; count < abortedCount; count++)
    recorder.record(finished({ outcome: aborted }));
  return recorder.take();
}

/** So many aborted in all, and in the baseline; null: there is none. */
function measured(whole: number, baseline: number | null): Measurements {
  const stretch = (count: number) => ({
    lengthMs: 10_000,
    tally: tally(count),
    inTime: tally(count),
  });
  return {
    ...unmeasured,
    whole: stretch(whole),
    windows: baseline === null ? [] : [{ ...noEdges, name: "baseline", ...stretch(baseline) }],
    deadTuples: 5,
    walBytes: 5,
  };
}

function fault(given: Partial<GatedFault> = {}): GatedFault {
  return { name: "crash", text: "crash@10s+1s", endsTransactions: true, impact, ...given };
}

const recovering = (recovered: Recovered, given: Partial<GatedFault> = {}) =>
  fault({ impact: { ...impact, recovered }, ...given });

describe("a scenario's own threshold", () => {
  const noneAborted = threshold("aborted", "count == 0");

  it("is judged in the baseline where a fault may end transactions, and says so", () => {
    const under = { faults: [fault()], measurements: measured(8, 0) };
    expect(evaluateUnderFaults(noneAborted, under)).toMatchObject({
      ...{ expression: "aborted: count == 0", actual: 0, judged: "pass" },
      note: "judged in the baseline: crash may end transactions on purpose",
    });
  });

  it("fails where even the baseline misses it", () => {
    const under = { faults: [fault()], measurements: measured(8, 2) };
    expect(evaluateUnderFaults(noneAborted, under)).toMatchObject({ actual: 2, judged: "fail" });
  });

  it("is not compared where there is no baseline, or where its metric is of the whole run alone", () => {
    const faults = [fault()];
    const without = { faults, measurements: measured(8, null) };
    expect(evaluateUnderFaults(noneAborted, without)).toMatchObject({
      judged: "not-compared",
      note: "not compared: crash may end transactions on purpose, and there is no baseline",
    });
    const dead = threshold("dead_tuples", "value < 10");
    const under = { faults, measurements: measured(0, 0) };
    expect(evaluateUnderFaults(dead, under).judged).toBe("not-compared");
  });

  it("is judged as written under faults that end none, and without any", () => {
    for (const faults of [[], [fault({ endsTransactions: false })]]) {
      const under = { faults, measurements: measured(8, 0) };
      const result = evaluateUnderFaults(noneAborted, under);
      expect(result).toMatchObject({ actual: 8, judged: "fail", note: "" });
    }
  });

  it("is judged as written where it names its window, or was given in a file", () => {
    const under = { faults: [fault()], measurements: measured(8, 0) };
    const inFile = threshold("aborted", "count == 0", "goals.yaml");
    expect(evaluateUnderFaults(inFile, under)).toMatchObject({ actual: 8, judged: "fail" });
    const after = threshold("aborted{window:recovery}", "count == 0");
    expect(evaluateUnderFaults(after, under).judged).toBe("no-data");
  });
});

describe("a run that does not recover", () => {
  const never = recovering({ state: "not-recovered", withinMs: 18_040 });

  function codes(faults: readonly GatedFault[], thresholds = [threshold("errors", "count == 0")]) {
    return recoveryFindings({ faults, thresholds, measurements: measured(0, 0) });
  }

  it("fails, whatever the fault was, with the figures", () => {
    expect(codes([fault(), never])).toEqual([
      {
        code: 99,
        reason:
          "the run has not recovered from crash@10s+1s within the 18 s after it: " +
          "950 transactions a second after 1000 before",
      },
    ]);
    const recovery = { ...impact.fault, perSecond: 123.456 };
    const slow = { ...never, impact: { ...impact, recovery, recovered: never.impact!.recovered } };
    expect(codes([slow])[0]?.reason).toMatch(
      /: 123 transactions a second after 1000 before, p99 80 ms after 8 ms$/,
    );
  });

  it("is not told from less than ten seconds", () => {
    expect(codes([recovering({ state: "not-recovered", withinMs: 9_990 })])).toEqual([]);
    expect(codes([recovering({ state: "not-recovered", withinMs: 10_000 })])).toHaveLength(1);
  });

  it("is left to the threshold where one says how long it may take", () => {
    expect(codes([never], [threshold("recovery", "recovers within 60s")])).toEqual([]);
    expect(codes([never], [threshold("recovery{fault:crash}", "recovers within 60s")])).toEqual([]);
    const other = threshold("recovery{fault:freeze}", "recovers within 60s");
    expect(codes([never], [other])).toHaveLength(1);
  });

  it("is not claimed of what is not known", () => {
    expect(codes([recovering({ state: "unknown", why: "no-baseline" })])).toEqual([]);
    expect(codes([fault({ impact: null })])).toEqual([]);
  });
});

describe("what a passing run says of recovery", () => {
  const after = (afterMs: number, name = "crash") =>
    recovering({ state: "recovered", afterMs }, { name });

  it("is how long it took, fault by fault, or the longest of many", () => {
    expect(recoveryTexts([after(1_310)])).toEqual(["recovered 1.3 s after crash"]);
    expect(recoveryTexts([after(1_310), after(0, "freeze")])).toEqual([
      "recovered 1.3 s after crash and at once after freeze",
    ]);
    expect(recoveryTexts([1, 2, 4_040, 3].map((ms) => after(ms)))).toEqual([
      "recovered from 4 faults, at most 4 s after each",
    ]);
  });

  it("is nothing where none is known to have recovered", () => {
    expect(recoveryTexts([])).toEqual([]);
    expect(recoveryTexts([fault({ impact: null })])).toEqual([]);
    expect(recoveryTexts([recovering({ state: "unknown", why: "too-short" })])).toEqual([]);
  });
});
