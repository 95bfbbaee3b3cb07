import { describe, expect, it } from "vitest";
import type { Span } from "../../../src/metrics/thresholds/spans.ts";
import { parseThreshold } from "../../../src/metrics/thresholds/threshold-text.ts";
import {
  evaluate,
  type Measurements,
  type WindowStretch,
} from "../../../src/metrics/thresholds/thresholds.ts";
import { tallyOf } from "../transactions.ts";
import { unmeasured } from "./unmeasured.ts";

function judge(metric: string, expression: string, given: Partial<Measurements> = {}) {
  const read = parseThreshold({ source: "test", metric, expression });
  if (!read.ok) throw new Error(read.problems.join());
  const tally = tallyOf([5000]);
  const whole = { lengthMs: 30_000, tally, inTime: tally };
  return evaluate(read.value, { ...unmeasured, whole, ...given });
}

function window(
  name: WindowStretch["name"],
  [startMs, endMs]: readonly [number, number],
  latenciesUs: readonly number[],
  fault = "crash",
): WindowStretch {
  const tally = tallyOf(latenciesUs);
  return { name, fault, startMs, endMs, lengthMs: endMs - startMs, tally, inTime: tally };
}

function spansOf(expression: string, ...spans: readonly Span[]): Partial<Measurements> {
  return { spans: new Map([[expression, spans]]) };
}

function span(startS: number, endS: number, value: number | null): Span {
  const reading =
    value === null ? ({ kind: "nothing" } as const) : { kind: "value" as const, value };
  return { startMs: startS * 1000, endMs: endS * 1000, reading };
}

describe("a threshold over any stretch", () => {
  const anyTen = "latency: max < 500ms any 10s";
  const slow = spansOf(anyTen, span(0, 10, 80), span(12, 22, 812), span(13, 23, 600));

  it("fails by the worst, and says when that was", () => {
    expect(judge("latency", "max < 500ms any 10s", slow)).toMatchObject({
      judged: "fail",
      actual: 812,
      problem: `${anyTen} does not hold: it was 812ms from 12 s to 22 s`,
    });
  });

  it("has the lowest for its worst where more is better", () => {
    const written = "committed: rate > 100 any 10s";
    const rates = spansOf(written, span(0, 10, 180), span(1, 11, 120), span(2, 12, 130));
    expect(judge("committed", "rate > 100 any 10s", rates)).toMatchObject({
      judged: "pass",
      actual: 120,
      note: "the worst was from 1 s to 11 s",
    });
  });

  it("does not pass where nothing was measured in one of them", () => {
    const gap = spansOf(anyTen, span(0, 10, 80), span(1, 11, null));
    expect(judge("latency", "max < 500ms any 10s", gap)).toMatchObject({
      judged: "no-data",
      problem: `${anyTen}: nothing was measured to judge it by from 1 s to 11 s`,
    });
    const both = spansOf(anyTen, span(0, 10, 900), span(1, 11, null));
    expect(judge("latency", "max < 500ms any 10s", both).judged).toBe("fail");
  });

  it("cannot be told where one of them has too few", () => {
    const written = "latency: p(99) < 500ms any 10s";
    const reading = { kind: "too-few", count: 900, needed: 1000 } as const;
    const few = spansOf(written, span(0, 10, 80), { startMs: 1000, endMs: 11_000, reading });
    expect(judge("latency", "p(99) < 500ms any 10s", few)).toMatchObject({
      judged: "unknown",
      problem: `${written} cannot be told from 900 transactions from 1 s to 11 s: it takes 1000`,
    });
  });

  it("does not pass a run that has none", () => {
    for (const given of [{}, spansOf(anyTen)]) {
      expect(judge("latency", "max < 500ms any 10s", given)).toMatchObject({
        judged: "no-data",
        problem: `${anyTen}: there were no full 10 s to judge it by`,
      });
    }
  });

  it("is judged in a window by those that lie in it as a whole", () => {
    const expression = "max < 500ms any 10s during fault";
    const spans = spansOf(`latency: ${expression}`, ...(slow.spans?.get(anyTen) ?? []));
    const early = { ...spans, windows: [window("fault", [0, 12_000], [])] };
    expect(judge("latency", expression, early)).toMatchObject({ judged: "pass", actual: 80 });
    const late = { ...spans, windows: [window("fault", [12_500, 30_000], [])] };
    expect(judge("latency", expression, late)).toMatchObject({ judged: "fail", actual: 600 });
  });

  it("does not pass if it holds in one window, and another is too short for any", () => {
    const expression = "max < 500ms any 10s during fault";
    const spans = spansOf(`latency: ${expression}`, span(0, 10, 80));
    const windows = [window("fault", [0, 12_000], []), window("fault", [20_000, 25_000], [])];
    expect(judge("latency", expression, { ...spans, windows })).toMatchObject({
      judged: "no-data",
      problem: expect.stringContaining("from 20 s to 25 s") as string,
    });
  });
});

describe("a threshold beside the baseline", () => {
  const baseline = window("baseline", [0, 10_000], [10_000, 10_000, 10_000, 10_000]);
  const recovery = (us: number) => window("recovery", [15_000, 25_000], [us, us, us]);

  it("tells both figures and their ratio", () => {
    const expression = "avg <= baseline * 1.10 during recovery";
    expect(judge("latency", expression, { windows: [baseline, recovery(13_000)] })).toMatchObject({
      judged: "fail",
      actual: 13,
      problem: `latency: ${expression} does not hold: it was 13ms, 1.3 times the baseline's 10ms`,
    });
    expect(judge("latency", expression, { windows: [baseline, recovery(10_500)] })).toMatchObject({
      judged: "pass",
      actual: 10.5,
      note: "1.05 times the baseline's 10ms",
    });
  });

  it("is judged of rates by the length of each", () => {
    const windows = [baseline, recovery(1000)];
    expect(
      judge("committed{window:recovery}", "rate >= baseline * 0.75", { windows }),
    ).toMatchObject({ judged: "pass", actual: 0.3 });
    expect(judge("committed{window:recovery}", "rate >= baseline * 0.8", { windows }).judged).toBe(
      "fail",
    );
  });

  it("may be one of nothing: no multiple is made of it", () => {
    const expression = "rate <= baseline * 2 during recovery";
    expect(judge("errors", expression, { windows: [baseline, recovery(1)] })).toMatchObject({
      judged: "pass",
      note: "beside the baseline's 0",
    });
  });

  it("of nothing is no lower limit: whatever there is would be above it", () => {
    for (const operator of [">", ">="]) {
      const expression = `rate ${operator} baseline * 0.9 during recovery`;
      expect(judge("errors", expression, { windows: [baseline, recovery(1)] })).toMatchObject({
        judged: "no-data",
        ok: false,
        problem: `errors: ${expression}: the baseline had none, of which there is no multiple`,
      });
    }
  });

  it("does not pass without data on either side", () => {
    const expression = "avg <= baseline * 9 during recovery";
    const empty = window("baseline", [0, 10_000], []);
    for (const windows of [[recovery(1)], [empty, recovery(1)]]) {
      expect(judge("latency", expression, { windows })).toMatchObject({
        judged: "no-data",
        problem: `latency: ${expression}: nothing was measured in the baseline to compare it with`,
      });
    }
    expect(judge("latency", expression, { windows: [baseline] }).judged).toBe("no-data");
  });

  it("cannot be told from too few on either side", () => {
    const many = Array.from({ length: 20 }, () => 1000);
    const expression = "med <= baseline * 9 during recovery";
    const few = [window("baseline", [0, 10], [1000]), window("recovery", [20, 30], many)];
    expect(judge("latency", expression, { windows: few })).toMatchObject({
      judged: "unknown",
      problem: `latency: ${expression} cannot be told from 1 transactions in the baseline: it takes 20`,
    });
    const other = [window("baseline", [0, 10], many), window("recovery", [20, 30], [1000])];
    expect(judge("latency", expression, { windows: other }).judged).toBe("unknown");
  });

  it("can be one over any stretch", () => {
    const expression = "avg <= baseline * 2 any 10s";
    const spans = spansOf(`latency: ${expression}`, span(0, 10, 10), span(5, 15, 25));
    expect(judge("latency", expression, { ...spans, windows: [baseline] })).toMatchObject({
      judged: "fail",
      problem: `latency: ${expression} does not hold: it was 25ms from 5 s to 15 s, 2.5 times the baseline's 10ms`,
    });
  });
});

describe("a threshold in the window of one fault", () => {
  it("is not judged in those of others", () => {
    const windows = [
      window("fault", [0, 1000], [9000], "freeze"),
      window("fault", [2000, 3000], [1000], "crash"),
    ];
    expect(judge("latency", "max < 5ms during fault", { windows }).judged).toBe("fail");
    expect(judge("latency{fault:crash}", "max < 5ms during fault", { windows }).judged).toBe(
      "pass",
    );
    expect(judge("latency{fault:reset}", "max < 5ms during fault", { windows }).judged).toBe(
      "no-data",
    );
  });
});

describe("a threshold on invariants", () => {
  const holds = { name: "no-orphan", ok: true, evidence: "none." };
  const broken = { name: "nothing-lost", ok: false, evidence: "2 lost." };
  const unchecked = { name: "indexes-intact", ok: null, evidence: "no amcheck." };

  it("holds if all that are asked for do", () => {
    expect(judge("invariants", "hold", { invariants: [holds] })).toMatchObject({
      ok: true,
      actual: null,
      judged: "pass",
    });
    const invariants = [holds, broken, unchecked];
    expect(judge("invariants{name:no-orphan}", "hold", { invariants }).judged).toBe("pass");
  });

  it("fails by one that is broken", () => {
    expect(judge("invariants", "hold", { invariants: [holds, unchecked, broken] })).toMatchObject({
      judged: "fail",
      problem: "invariants: hold does not hold: nothing-lost: 2 lost.",
    });
  });

  it("has no data of one that was not checked, or is none", () => {
    expect(judge("invariants", "hold", { invariants: [holds, unchecked] })).toMatchObject({
      judged: "no-data",
      problem: "invariants: hold: indexes-intact was not checked: no amcheck.",
    });
    expect(judge("invariants", "hold").judged).toBe("no-data");
    const given = { invariants: [holds] };
    expect(judge("invariants{name:nothing-lost}", "hold", given).judged).toBe("no-data");
  });
});
