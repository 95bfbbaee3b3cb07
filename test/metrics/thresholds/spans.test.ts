import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Recorder } from "../../../src/metrics/recorder.ts";
import { type Span, spanKey, Spans } from "../../../src/metrics/thresholds/spans.ts";
import { Tally } from "../../../src/metrics/tally.ts";
import { parseThreshold } from "../../../src/metrics/thresholds/threshold-text.ts";
import { finished, tallyOf } from "../transactions.ts";

type Part = readonly [endMs: number, latenciesMs: readonly number[]];

function tally(latenciesMs: readonly number[]): Tally {
  return tallyOf(latenciesMs.map((ms) => ms * 1000));
}

/** What each stretch came to, of parts that follow each other from 0 on. */
function spansOf(
  expression: string,
  parts: readonly Part[],
  { metric = "latency", late = new Tally() } = {},
): readonly Span[] {
  const threshold = parseThreshold({ source: "test", metric, expression });
  if (!threshold.ok) throw new Error(threshold.problems.join());
  const spans = new Spans([threshold.value]);
  let startMs = 0;
  for (const [endMs, latencies] of parts) {
    spans.part({ startMs, endMs, tally: tally(latencies) });
    startMs = endMs;
  }
  return spans.ended(late).get(spanKey(threshold.value)) ?? [];
}

function value(value: number) {
  return { kind: "value", value };
}

describe("the spans of a run", () => {
  it("slide by one second over the full ones", () => {
    const parts: Part[] = [1, 2, 9, 3].map((ms, index) => [(index + 1) * 1000, [ms]]);
    expect(spansOf("max < 999 any 2s", parts)).toEqual([
      { startMs: 0, endMs: 2000, reading: value(2) },
      { startMs: 1000, endMs: 3000, reading: value(9) },
      { startMs: 2000, endMs: 4000, reading: value(9) },
    ]);
  });

  it("are the same whatever the seconds are cut into, by edges of windows", () => {
    const parts: Part[] = [
      [400, [1]],
      [1000, [2]],
      [1250, [3]],
      [1251, []],
      [2000, [4]],
    ];
    expect(spansOf("avg < 999 any 1s", parts)).toEqual([
      { startMs: 0, endMs: 1000, reading: value(1.5) },
      { startMs: 1000, endMs: 2000, reading: value(3.5) },
    ]);
  });

  it("bear a second that an edge cut off late, and one that nobody told for long", () => {
    const parts: Part[] = [
      [1000, [1]],
      [2003, [2]],
      [2003, [3]],
      [3000, [4]],
      [6000, [5]],
    ];
    const edges = spansOf("max < 999 any 2s", parts).map(({ startMs, endMs }) => [startMs, endMs]);
    expect(edges).toEqual([
      [0, 2003],
      [1000, 3000],
      [3000, 6000],
    ]);
  });

  it("end with the run, with what is left of its last second and what ended later", () => {
    const parts: Part[] = [
      [1000, [1]],
      [2000, [1]],
      [2600, [7]],
    ];
    const late = tally([50, 50]);
    expect(spansOf("max < 999 any 2s", parts, { late })).toEqual([
      { startMs: 0, endMs: 2600, reading: value(50) },
    ]);
    const rate = spansOf("rate > 1 any 1s", parts, { metric: "committed", late }).at(-1);
    // Two in 1.6 s: what ended later is in no rate.
    expect(rate).toEqual({ startMs: 1000, endMs: 2600, reading: value(1.25) });
  });

  it("have a last second that is a little short, as others are", () => {
    const parts: Part[] = [
      [1000, [1]],
      [1996, [3]],
    ];
    expect(spansOf("max < 999 any 2s", parts)).toEqual([
      { startMs: 0, endMs: 1996, reading: value(3) },
    ]);
  });

  it("are none in a run that is shorter, whatever ended later", () => {
    const parts: Part[] = [
      [1000, [1]],
      [1900, [1]],
    ];
    expect(spansOf("max < 999 any 2s", parts, { late: tally([5]) })).toEqual([]);
    expect(spansOf("max < 999 any 2s", [])).toEqual([]);
  });

  it("have nothing where nothing finished, too few where that is so, and 0 committed", () => {
    const parts: Part[] = [
      [1000, []],
      [2000, [1]],
    ];
    const kinds = (expression: string, metric: string) =>
      spansOf(expression, parts, { metric }).map(({ reading }) => reading);
    expect(kinds("p(90) < 999 any 1s", "latency")).toEqual([
      { kind: "nothing" },
      { kind: "too-few", count: 1, needed: 100 },
    ]);
    expect(kinds("count == 0 any 1s", "errors")).toEqual([{ kind: "nothing" }, value(0)]);
    expect(kinds("rate > 0 any 1s", "committed")).toEqual([value(0), value(1)]);
    expect(kinds("rate > 0 any 1s", "committed{operation:write}")).toEqual([
      { kind: "nothing" },
      value(1),
    ]);
  });

  it("are of the operation that is asked for", () => {
    const recorder = new Recorder();
    recorder.record(finished({ latencyUs: 5000 }));
    recorder.record(finished({ operation: "read", latencyUs: 9000 }));
    const threshold = parseThreshold({
      source: "test",
      metric: "latency{operation:write}",
      expression: "max < 999 any 1s",
    });
    if (!threshold.ok) throw new Error(threshold.problems.join());
    const spans = new Spans([threshold.value]);
    spans.part({ startMs: 0, endMs: 1000, tally: recorder.take() });
    expect([...spans.ended(new Tally()).values()]).toEqual([
      [{ startMs: 0, endMs: 1000, reading: value(5) }],
    ]);
  });

  it("are each what all their seconds together are, exactly", () => {
    const second = fc.array(fc.integer({ min: 0, max: 100_000 }), { maxLength: 30 });
    const run = fc.array(second, { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(run, fc.integer({ min: 1, max: 6 }), (seconds, length) => {
        const parts = seconds.map((ms, index): Part => [(index + 1) * 1000, ms]);
        const spans = spansOf(`med < 999 any ${length}s`, parts);
        expect(spans).toHaveLength(Math.max(0, seconds.length - length + 1));
        spans.forEach(({ startMs, endMs, reading }, index) => {
          expect([startMs, endMs]).toEqual([index * 1000, (index + length) * 1000]);
          const all = tally(seconds.slice(index, index + length).flat());
          const us = all.merged((operation) => operation.latency.committed).supported(0.5);
          if (us !== null) expect(reading).toEqual(value(us / 1000));
          else expect(reading.kind).not.toBe("value");
        });
      }),
    );
  });
});
