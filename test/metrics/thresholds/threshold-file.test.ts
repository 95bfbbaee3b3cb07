import { describe, expect, it } from "vitest";
import { parseThresholdFile } from "../../../src/metrics/thresholds/threshold-file.ts";

function problemsIn(text: string): readonly string[] {
  const read = parseThresholdFile(text, "goals.yaml");
  return read.ok ? [] : read.problems;
}

describe("parseThresholdFile", () => {
  it("reads metrics with their expressions, with and without quotes", () => {
    const text = [
      "# What is promised",
      'latency{operation:read,window:fault}: ["p(95) < 200ms", max < 5s]',
      '"errors{sqlstate:55P03}":',
      "  - count == 0",
    ].join("\n");
    const source = "goals.yaml";
    const metric = "latency{operation:read,window:fault}";
    expect(parseThresholdFile(text, source)).toEqual({
      ok: true,
      value: [
        { source, metric, expression: "p(95) < 200ms", place: "goals.yaml:2:40" },
        { source, metric, expression: "max < 5s", place: "goals.yaml:2:57" },
        {
          source,
          metric: "errors{sqlstate:55P03}",
          expression: "count == 0",
          place: "goals.yaml:4:5",
        },
      ],
    });
  });

  it.each([
    ["", "goals.yaml:1:1: expected metrics with lists of expressions"],
    ["# nothing\n", "expected metrics with lists"],
    ["{}", "goals.yaml:1:1: expected metrics with lists"],
    ["- latency", "goals.yaml:1:1: expected metrics with lists"],
    ['latency: "p(95) < 5"', "goals.yaml:1:10: expected a list of expressions"],
    ["latency:", "goals.yaml:1:9: expected a list of expressions"],
    ["? latency", "goals.yaml:1:3: expected a list of expressions"],
    ["latency: []", "goals.yaml:1:10: expected a list of expressions"],
    ["latency: [5]", "goals.yaml:1:11: expected an expression"],
    ["latency: [{threshold: p(95) < 5}]", "goals.yaml:1:11: expected an expression"],
    ["5: [avg < 5]", "goals.yaml:1:1: expected metrics with lists"],
    ["latenzy: [avg < 5]", 'goals.yaml:1:1: "latenzy" is not a metric'],
    ['latency: ["avg < 5", "avrg < 5"]', 'goals.yaml:1:22: "avrg < 5": latency has no avrg'],
    ['latency: ["avg < 5", "avg<5ms"]', "goals.yaml:1:22: the same stands at goals.yaml:1:11"],
    ["latency: [avg < 5]\nlatency: [max < 9]", "goals.yaml:2:1: the same stands at goals.yaml:1:1"],
    [
      "latency{window:fault,operation:a}: [avg < 5]\nlatency{operation:a,window:fault}: [max < 9]",
      "goals.yaml:2:1: the same stands at goals.yaml:1:1",
    ],
  ])("rejects %j and says: %s", (text, expected) => {
    expect(problemsIn(text)).toEqual([expect.stringContaining(expected)]);
  });

  it.each(['latency: ["avg < 5"', "a: b: c", "latency: [avg < 5]\n---\nerrors: [count == 0]"])(
    "says where %j is not YAML",
    (text) => {
      const problems = problemsIn(text);
      expect(problems.length).toBeGreaterThan(0);
      for (const problem of problems) expect(problem).toMatch(/^goals\.yaml:\d+:\d+: not YAML: /);
    },
  );

  it("tells a threshold that stands there in another spelling, with its window or without", () => {
    const text = [
      'latency{window:fault}: ["p(95) < 5 any 2s"]',
      "latency: [avg < 5, 'p(95) < 5ms  any 2s during fault', avg < 5 during fault]",
    ].join("\n");
    expect(problemsIn(text)).toEqual([
      "goals.yaml:2:20: the same stands at goals.yaml:1:25 already: expected it once",
    ]);
  });

  it("places the problems of all forms", () => {
    const text = [
      'latency: ["p(95) < 5 any 0s", "max < baseline * 2", "avg < 5 during storm"]',
      "invariants: [holds]",
      "latency{window:fault}: [avg < 5 during recovery]",
    ].join("\n");
    const places = problemsIn(text).map(
      (problem) => /^goals\.yaml:(\d+:\d+): "/.exec(problem)?.[1],
    );
    expect(places).toEqual(["1:11", "1:31", "1:53", "2:14", "3:25"]);
  });

  it("names every problem of a file, in the order of its lines", () => {
    const text = [
      'latency{window:never}: ["avg < 5"]',
      'service: ["avg < 5", "p(101) < 5", "rate < 5"]',
      "errors: count == 0",
      'committed: ["rate > 5"]',
      'committed: ["rate > 6"]',
    ].join("\n");
    const places = problemsIn(text).map((problem) => /^goals\.yaml:(\d+:\d+)/.exec(problem)?.[1]);
    expect(places).toEqual(["1:1", "2:22", "2:36", "3:9", "5:1"]);
  });
});
