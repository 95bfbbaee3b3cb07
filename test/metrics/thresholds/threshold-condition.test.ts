import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { windowNames } from "../../../src/core/window.ts";
import { parseExpression } from "../../../src/metrics/thresholds/threshold-condition.ts";
import { parseThreshold } from "../../../src/metrics/thresholds/threshold-text.ts";

function problems(text: string, name: Parameters<typeof parseExpression>[1]): readonly string[] {
  const read = parseExpression(text, name);
  return read.ok ? [] : read.problems;
}

function together(metric: string, expression: string) {
  const read = parseThreshold({ source: "test", metric, expression });
  return read.ok ? read.value : read.problems;
}

describe("the clauses of an expression", () => {
  it.each([
    ["p(99) < 200ms during fault", { window: "fault" }, { anySeconds: null, limit: 200 }],
    ["p(99) < 500ms any 10s", { window: null }, { anySeconds: 10, limit: 500 }],
    ["max < 5 any 1m", { window: null }, { anySeconds: 60, limit: 5, unit: "ms" }],
    ["max < 5s any 5s during recovery", { window: "recovery" }, { anySeconds: 5, unit: "s" }],
    [" max<5s  during baseline  any 5s ", { window: "baseline" }, { anySeconds: 5, limit: 5 }],
    ["p(95) <= baseline * 1.10", { window: null }, { isRelative: true, limit: 1.1, unit: "ms" }],
    ["avg<=baseline*2 during fault", { window: "fault" }, { isRelative: true, limit: 2 }],
    ["med < baseline * 3 any 2s", { window: null }, { isRelative: true, anySeconds: 2 }],
  ])("are read in %j", (text, expected, condition) => {
    expect(parseExpression(text, "latency")).toMatchObject({
      ok: true,
      value: { ...expected, condition },
    });
  });

  it("are read of counts, whose figures have no unit", () => {
    expect(parseExpression("rate >= baseline * 0.8 during recovery", "committed")).toMatchObject({
      value: { window: "recovery", condition: { isRelative: true, limit: 0.8, unit: null } },
    });
    expect(parseExpression("rate > 100 any 10s", "committed")).toMatchObject({
      value: { condition: { anySeconds: 10, limit: 100, unit: null } },
    });
  });

  it.each([
    ["p(95) < 5ms during", "latency", 'during and one of baseline, fault, recovery, not ""'],
    ["p(95) < 5ms during storm", "latency", 'not "storm"'],
    ["p(95) < 5ms any", "latency", 'any and a length of whole seconds, 1s to 600s, not ""'],
    ["p(95) < 5ms any 10", "latency", 'not "10"'],
    ["p(95) < 5ms any 1500ms", "latency", 'not "1500ms"'],
    ["p(95) < 5ms any 0s", "latency", 'not "0s"'],
    ["p(95) < 5ms any 601s", "latency", 'not "601s"'],
    ["p(95) < 5ms any 2s any 3s", "latency", "any is given twice"],
    ["p(95) < 5ms during fault during fault", "latency", "during is given twice"],
    ["p(95) < 5ms any 2s for 3s", "latency", "during with a window, not for"],
    ["p(95) < 5ms anytime", "latency", "is not an expression"],
    ["p(95) < baseline", "latency", "expected baseline * a number above 0"],
    ["p(95) < baseline * 0", "latency", "expected baseline * a number above 0"],
    ["p(95) < baseline * 2ms", "latency", "is not an expression"],
    ["p(95) < 2 * baseline", "latency", "is not an expression"],
    ["max < baseline * 2", "latency", "max depends on how long a window is"],
    ["count < baseline * 2", "errors", "expected rate"],
    ["value < baseline * 2", "dead_tuples", "known of the whole run alone, and not of its"],
    ["value < 2 any 10s", "wal_bytes", "known of the whole run alone: expected no any"],
    ["value < 2 during fault", "wal_bytes", "expected no during"],
    ["recovers within 10s any 10s", "recovery", "is not an expression"],
    ["hold any 10s", "invariants", "is not an expression on invariants: expected hold"],
    ["count == 0", "invariants", "expected hold"],
  ] as const)("are rejected in %j of %s, which says: %s", (text, name, expected) => {
    expect(problems(text, name)).toEqual([expect.stringContaining(expected)]);
  });

  it("are each told with all that is wrong beside them", () => {
    expect(problems("count < baseline any 0s during storm", "latency")).toHaveLength(4);
  });

  it("mean the same in either order, whatever the spaces", () => {
    const space = fc.constantFrom(" ", "  ", "\t");
    const window = fc.constantFrom(...windowNames);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 600 }), window, space, (seconds, name, gap) => {
        const any = `any ${seconds}s`;
        const during = `during${gap}${name}`;
        const read = parseExpression(`avg < 5ms ${any} ${during}`, "latency");
        expect(read).toMatchObject({
          ok: true,
          value: { window: name, condition: { anySeconds: seconds } },
        });
        expect(parseExpression(`avg < 5ms${gap}${during}${gap}${any}`, "latency")).toEqual(read);
      }),
    );
  });

  it("never make anything of another text, and never throw", () => {
    const word = fc.constantFrom("p(95)", "<", "5", "ms", "any", "10s", "during", "fault", "*");
    fc.assert(
      fc.property(fc.array(fc.oneof(word, fc.string()), { maxLength: 9 }), (words) => {
        const text = words.join(" ");
        const read = parseExpression(text, "latency");
        if (read.ok)
          expect(text.trim()).toMatch(/^p\(95\)\s+<\s+5(\s+ms)?(\s+any 10s|\s+during fault)*$/);
        else for (const problem of read.problems) expect(problem).toContain(text);
      }),
    );
  });
});

describe("a threshold with a window", () => {
  it("is the same by its tag and by during", () => {
    const tagged = together("latency{window:fault}", "avg < 5ms");
    const said = together("latency", "avg < 5ms during fault");
    expect(tagged).toMatchObject({ metric: { window: "fault" } });
    const { metric, condition } = tagged as Exclude<typeof tagged, readonly string[]>;
    expect(said).toMatchObject({ metric, condition });
  });

  it.each([
    ["latency{window:fault}", "avg < 5 during recovery", "the tag says window:fault, and the"],
    ["latency{window:fault}", "avg < 5 during fault", "the window is given twice"],
    ["latency{fault:crash}", "avg < 5", "the tag fault:crash needs a window"],
    ["latency{fault:crash}", "avg < 5 during baseline", "needs a window: expected during fault"],
    ["latency{window:baseline}", "avg < baseline * 2", "compared with itself"],
    ["latency", "avg < baseline * 2 during baseline", "compared with itself"],
  ])("is rejected as %s: %s and says: %s", (metric, expression, expected) => {
    expect(together(metric, expression)).toEqual([expect.stringContaining(expected)]);
  });

  it("may name the fault of the window", () => {
    expect(together("latency{fault:crash}", "avg < 5 during fault")).toMatchObject({
      metric: { fault: "crash", window: "fault" },
    });
  });

  it("may hold stretches of the baseline against all of it", () => {
    expect(together("latency", "avg < baseline * 2 any 5s during baseline")).toMatchObject({
      condition: { isRelative: true, anySeconds: 5 },
    });
  });
});

describe("a threshold on invariants", () => {
  it("is on one of them, or on all", () => {
    expect(together("invariants", " hold ")).toMatchObject({ metric: { invariant: null } });
    expect(together("invariants{name:no-orphan}", "hold")).toMatchObject({
      metric: { invariant: "no-orphan" },
      condition: { aggregate: { kind: "hold" } },
    });
  });

  it("has no window and no operation", () => {
    expect(together("invariants{window:fault}", "hold")).toEqual([
      expect.stringContaining("invariants has no tag window: expected name, scenario, sessions"),
    ]);
  });
});
