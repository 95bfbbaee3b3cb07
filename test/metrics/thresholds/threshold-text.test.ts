import { describe, expect, it } from "vitest";
import { parseExpression } from "../../../src/metrics/thresholds/threshold-condition.ts";
import { parseMetric } from "../../../src/metrics/thresholds/threshold-metric.ts";
import { parseThreshold } from "../../../src/metrics/thresholds/threshold-text.ts";

const whole = {
  operation: null,
  window: null,
  sqlstate: null,
  fault: null,
  invariant: null,
  scenario: null,
  sessions: null,
};

const plain = { isRelative: false, anySeconds: null };

function problems(read: { ok: boolean; problems?: readonly string[] }): readonly string[] {
  return read.problems ?? [];
}

describe("parseMetric", () => {
  it.each([
    ["latency", { ...whole, name: "latency" }],
    [" pool_wait ", { ...whole, name: "pool_wait" }],
    [
      "latency{operation:replace-references,window:fault}",
      { ...whole, name: "latency", operation: "replace-references", window: "fault" },
    ],
    ["errors{sqlstate:55P03}", { ...whole, name: "errors", sqlstate: "55P03" }],
    [
      "committed{scenario:concurrent, sessions:10}",
      { ...whole, name: "committed", scenario: "concurrent", sessions: 10 },
    ],
    ["wal_bytes{sessions:1}", { ...whole, name: "wal_bytes", sessions: 1 }],
    ["recovery", { ...whole, name: "recovery" }],
    ["recovery{fault:crash}", { ...whole, name: "recovery", fault: "crash" }],
  ])("reads %s", (text, value) => expect(parseMetric(text)).toEqual({ ok: true, value }));

  it.each([
    ["latenzy", "expected one of latency, service"],
    ["constructor", "is not a metric"],
    ["latency{", "is not a metric"],
    ["latency{}", "expected tag:value"],
    ["latency{operation}", "expected tag:value"],
    ["latency{operation:a,operation:b}", "given twice"],
    ["latency{sqlstate:40001}", "latency has no tag sqlstate: expected operation, window"],
    ["latency{window:middle}", "expected baseline, fault, recovery"],
    ["latency{sessions:0}", "expected 1 or more"],
    ["recovery{window:fault}", "recovery has no tag window: expected fault, scenario, sessions"],
    ["latency{sessions:many}", "expected 1 or more"],
    ["dead_tuples{window:fault}", "dead_tuples has no tag window: expected scenario, sessions"],
  ])("rejects %s and says: %s", (text, expected) => {
    expect(problems(parseMetric(text))).toEqual([expect.stringContaining(expected)]);
  });

  it("names every problem of the tags", () => {
    expect(problems(parseMetric("latency{window:x,colour:red,sessions:no}"))).toHaveLength(3);
  });
});

describe("parseExpression", () => {
  it.each([
    ["p(95) < 200ms", { kind: "percentile", p: 0.95 }, "<", 200, "ms"],
    ["p(99.9)<=1.5s", { kind: "percentile", p: 0.9990000000000001 }, "<=", 1.5, "s"],
    ["med > 300us", { kind: "percentile", p: 0.5 }, ">", 300, "us"],
    ["avg < 50", { kind: "avg" }, "<", 50, "ms"],
    ["max >= 5 s", { kind: "max" }, ">=", 5, "s"],
    ["min != 0", { kind: "min" }, "!=", 0, "ms"],
  ])("reads %s of a time", (text, aggregate, operator, limit, unit) => {
    const value = { condition: { ...plain, aggregate, operator, limit, unit }, window: null };
    expect(parseExpression(text, "latency")).toEqual({ ok: true, value });
  });

  it.each([
    ["count === 0", "count", "==", 0],
    ["rate > 20", "rate", ">", 20],
  ])("reads %s of a counter", (text, kind, operator, limit) => {
    const condition = { ...plain, aggregate: { kind }, operator, limit, unit: null };
    const value = { condition, window: null };
    expect(parseExpression(text, "errors")).toEqual({ ok: true, value });
  });

  it.each([
    ["p(95)", "latency", "is not an expression: expected avg, min, max, med, p(N)"],
    ["p(95) < fast", "latency", "is not an expression"],
    ["p(95) =< 5", "latency", "< <= > >= == !="],
    ["p(95) < -5", "latency", "is not an expression"],
    ["p(95) < 5 < 6", "latency", "is not an expression"],
    ["p(0) < 5", "latency", "with N between 0 and 100"],
    ["p(100) < 5", "latency", "with N between 0 and 100"],
    ["p(x) < 5", "latency", "with N between 0 and 100"],
    ["rate < 5", "latency", "latency has no rate: expected avg, min, max, med"],
    ["p(95) < 5m", "latency", "expected us, ms or s"],
    ["avg < 5", "errors", "errors has no avg: expected count, rate"],
    ["med < 5", "errors", "errors has no med"],
    ["p(95) < 5", "errors", "errors has no p(95)"],
    ["count < 5ms", "errors", "expected no unit"],
    ["count < 5", "dead_tuples", "dead_tuples has no count: expected value"],
    ["value < 5", "committed", "committed has no value"],
  ] as const)("rejects %s of %s and says: %s", (text, name, expected) => {
    expect(problems(parseExpression(text, name))).toEqual([expect.stringContaining(expected)]);
  });

  it("names both the aggregate and the unit if both are wrong", () => {
    expect(problems(parseExpression("avg < 5ms", "errors"))).toHaveLength(2);
  });
});

describe("parseThreshold", () => {
  it("keeps what was written beside what it means", () => {
    const planned = { source: "scenario", metric: "latency", expression: "avg < 50" };
    const read = parseThreshold(planned);
    expect(read).toMatchObject({ ok: true, value: { planned, metric: { name: "latency" } } });
  });

  it("tells the problems of metric and expression", () => {
    const planned = { source: "scenario", metric: "latency", expression: "avg" };
    expect(problems(parseThreshold(planned))).toHaveLength(1);
    expect(problems(parseThreshold({ ...planned, metric: "nothing" }))).toHaveLength(1);
  });
});

describe("a condition on recovery", () => {
  it.each([
    ["recovers within 10s", 10, "s"],
    ["  recovers   within 2m ", 120, "s"],
    ["recovers within 1500ms", 1500, "ms"],
  ])("reads %s", (text, limit, unit) => {
    const aggregate = { kind: "recovered" };
    const condition = { ...plain, aggregate, operator: "<=", limit, unit };
    expect(parseExpression(text, "recovery")).toEqual({
      ok: true,
      value: { condition, window: null },
    });
  });

  it.each(["recovers within 10", "recovers within 0s", "recovers", "p(95) < 1s", "value < 10"])(
    "rejects %s",
    (text) => {
      expect(problems(parseExpression(text, "recovery"))).toEqual([
        expect.stringContaining(`"${text}" is not an expression: expected recovers within`),
      ]);
    },
  );

  it("is one on recovery alone", () => {
    expect(problems(parseExpression("recovers within 10s", "latency"))).toHaveLength(1);
  });
});
