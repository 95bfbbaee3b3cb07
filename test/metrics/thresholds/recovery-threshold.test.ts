import { describe, expect, it } from "vitest";
import type { Recovered } from "../../../src/metrics/recovery.ts";
import type {
  FaultName,
  FaultRecovery,
} from "../../../src/metrics/thresholds/recovery-threshold.ts";
import { parseThreshold } from "../../../src/metrics/thresholds/threshold-text.ts";
import { evaluate } from "../../../src/metrics/thresholds/thresholds.ts";
import { tallyOf } from "../transactions.ts";
import { unmeasured } from "./unmeasured.ts";

function judge(
  metric: string,
  recoveries: readonly FaultRecovery[],
  expression = "recovers within 10s",
  unrecoverable: readonly FaultName[] = [],
) {
  const threshold = parseThreshold({ source: "test", metric, expression });
  if (!threshold.ok) throw new Error(threshold.problems.join());
  const tally = tallyOf([1_000]);
  const whole = { lengthMs: 40_000, tally, inTime: tally };
  return evaluate(threshold.value, { ...unmeasured, whole, recoveries, unrecoverable });
}

function crash(recovered: Recovered, name = "crash"): FaultRecovery {
  return { name, text: `${name}@10s+1s`, recovered };
}

const recoveredAfter = (afterMs: number) => crash({ state: "recovered", afterMs });
const notWithin = (withinMs: number) => crash({ state: "not-recovered", withinMs });

describe("recovers within 10s", () => {
  it("holds where it took no longer", () => {
    expect(judge("recovery", [recoveredAfter(10_000)])).toMatchObject({
      ...{ judged: "pass", ok: true, actual: 10, unit: "s", problem: "" },
    });
    expect(judge("recovery", [recoveredAfter(0)])).toMatchObject({ judged: "pass", actual: 0 });
  });

  it("fails where it took longer", () => {
    expect(judge("recovery", [recoveredAfter(10_250)])).toMatchObject({
      ...{ judged: "fail", ok: false, actual: 10.25, unit: "s" },
      problem: "recovery: recovers within 10s does not hold: crash@10s+1s took 10.25s",
    });
  });

  it("fails where it had not recovered when the last moment was over in which it might have", () => {
    expect(judge("recovery", [notWithin(13_000)])).toMatchObject({
      ...{ judged: "fail", ok: false, actual: null },
      problem:
        "recovery: recovers within 10s does not hold: crash@10s+1s has not recovered in the 13 s after it",
    });
  });

  it("is unknown where the run ended before that", () => {
    expect(judge("recovery", [notWithin(12_990)])).toMatchObject({
      ...{ judged: "unknown", ok: false, actual: null },
      problem:
        "recovery: recovers within 10s cannot be told: crash@10s+1s has not recovered, but only 13 s were left after it, and it takes 13 s",
    });
    expect(judge("recovery", [notWithin(8_000)]).problem).toContain("only 8 s were left after it");
  });

  it.each([
    ["too-short", "less than 3 s were left after it"],
    ["too-few", "too little is committed to tell a latency from 3 s"],
    ["ramp", "the rate that is offered changes by itself"],
  ] as const)("is unknown where nothing can be told: %s", (why, text) => {
    const result = judge("recovery", [crash({ state: "unknown", why })]);
    expect(result).toMatchObject({ judged: "unknown", ok: false });
    expect(result.problem).toBe(
      `recovery: recovers within 10s cannot be told of crash@10s+1s: ${text}`,
    );
  });

  it("has no data without a baseline, or where no fault came", () => {
    const without = crash({ state: "unknown", why: "no-baseline" });
    expect(judge("recovery", [without])).toMatchObject({
      ...{ judged: "no-data", ok: false },
      problem:
        "recovery: recovers within 10s: nothing was measured before crash@10s+1s to judge its recovery by",
    });
    expect(judge("recovery", []).judged).toBe("no-data");
    expect(judge("recovery{fault:freeze}", [recoveredAfter(0)]).judged).toBe("no-data");
  });

  it("must hold for every fault that is asked for; the gravest and slowest is told", () => {
    const freeze = crash({ state: "recovered", afterMs: 12_000 }, "freeze");
    const all = [recoveredAfter(300), freeze, recoveredAfter(900)];
    expect(judge("recovery", all)).toMatchObject({ judged: "fail", actual: 12 });
    expect(judge("recovery{fault:crash}", all)).toMatchObject({ judged: "pass", actual: 0.9 });
    expect(judge("recovery{fault:crash}", [...all, notWithin(5_000)]).judged).toBe("unknown");
  });

  it("names the faults that it could not be asked of, beside those that it was", () => {
    const late = [{ name: "freeze", text: "freeze@38s+9s" }];
    const judged = judge("recovery", [recoveredAfter(300)], "recovers within 10s", late);
    expect(judged).toMatchObject({
      judged: "pass",
      note: "without freeze@38s+9s: no time was left to recover in",
    });
    const other = judge("recovery{fault:crash}", [recoveredAfter(300)], undefined, late);
    expect(other).toMatchObject({ judged: "pass", note: "" });
  });

  it("can be written in milliseconds, and is told in them", () => {
    const result = judge("recovery", [recoveredAfter(1_600)], "recovers within 1500ms");
    expect(result).toMatchObject({ judged: "fail", actual: 1600, unit: "ms" });
  });
});
