import { describe, expect, it } from "vitest";
import type { PlannedFault, PlannedThreshold } from "../../src/core/plan.ts";
import type { RunScope } from "../../src/metrics/threshold-misfits.ts";
import { applicable } from "../../src/metrics/threshold-scope.ts";

const scope: RunScope = {
  scenario: "concurrent",
  operations: ["read", "write"],
  engine: "pg",
  sessions: 10,
  faults: [],
  durationMs: 20_000,
  invariants: ["no-orphan"],
};

const fault: PlannedFault = {
  text: "noop@5s+5s",
  name: "noop",
  parameters: {},
  startMs: 5_000,
  lengthMs: 5_000,
};

function planned(
  metric: string,
  source = "goals.yaml",
  expression = "count == 0",
): PlannedThreshold {
  return { source, metric, expression };
}

function outcome(thresholds: readonly PlannedThreshold[], given: RunScope = scope) {
  const read = applicable(thresholds, given, []);
  return read.ok ? read.value.map((one) => one.planned.metric) : { problems: read.problems };
}

function problemsOf(thresholds: readonly PlannedThreshold[], given: RunScope = scope) {
  const read = applicable(thresholds, given, []);
  return read.ok ? [] : read.problems;
}

describe("applicable", () => {
  it("keeps those whose selectors match, and those without", () => {
    const thresholds = [
      "errors",
      "errors{scenario:concurrent}",
      "errors{scenario:mixed}",
      "errors{sessions:10}",
      "errors{sessions:11}",
      "errors{scenario:concurrent,sessions:11}",
    ].map((metric) => planned(metric));
    expect(outcome(thresholds)).toEqual([
      "errors",
      "errors{scenario:concurrent}",
      "errors{sessions:10}",
    ]);
  });

  it("finds a file of which nothing applies a problem, file by file", () => {
    const thresholds = [
      planned("errors{sessions:1}", "one.yaml"),
      planned("errors{scenario:mixed}", "one.yaml"),
      planned("errors", "two.yaml"),
    ];
    const problems = problemsOf(thresholds);
    expect(problems).toEqual([expect.stringContaining("one.yaml: none of its thresholds")]);
    expect(problems[0]).toContain("scenario concurrent, sessions 10");
  });

  it("allows a scenario whose own thresholds are all for other numbers of sessions", () => {
    expect(outcome([planned("errors{sessions:1}", "scenario")])).toEqual([]);
    expect(outcome([])).toEqual([]);
  });

  it("does not know an operation that the scenario does not have", () => {
    expect(outcome([planned("errors{operation:read}")])).toEqual(["errors{operation:read}"]);
    expect(problemsOf([planned("errors{operation:raed}")])).toEqual([
      expect.stringContaining("concurrent has no operation raed: expected read, write"),
    ]);
  });

  it("does not ask another scenario's thresholds for its operations", () => {
    const thresholds = [planned("errors"), planned("errors{scenario:mixed,operation:scan}")];
    expect(outcome(thresholds)).toEqual(["errors"]);
  });

  it.each([
    ["baseline", { ...fault, startMs: null }],
    ["fault", null],
    ["recovery", { ...fault, lengthMs: null }],
  ])("finds a threshold on the %s window a problem where there is none", (window, without) => {
    const thresholds = [planned(`errors{window:${window}}`)];
    expect(outcome(thresholds, { ...scope, faults: [fault] })).toHaveLength(1);
    const faults = without === null ? [] : [without];
    expect(problemsOf(thresholds, { ...scope, faults })).toEqual([
      expect.stringContaining(`no ${window} window: expected a fault`),
    ]);
  });

  it("names every problem, malformed thresholds included, with the source", () => {
    const thresholds = [
      planned("errors{operation:raed,window:fault}"),
      planned("errrors"),
      planned("errors", "scenario", "count"),
    ];
    const problems = problemsOf(thresholds);
    expect(problems).toHaveLength(4);
    expect(problems.map((problem) => problem.split(":")[0])).toEqual([
      "goals.yaml",
      "goals.yaml",
      "goals.yaml",
      "scenario",
    ]);
  });
});

describe("a threshold on recovery", () => {
  const within = (metric: string) => planned(metric, "goals.yaml", "recovers within 10s");
  const crash = { ...fault, name: "crash" };

  it("is one of a run with a fault that it can recover from", () => {
    const faults = [fault, { ...crash, lengthMs: null }];
    const thresholds = [within("recovery"), within("recovery{fault:noop}")];
    expect(outcome(thresholds, { ...scope, faults })).toHaveLength(2);
  });

  it.each([
    ["recovery", [], "no recovery window"],
    ["recovery", [{ ...crash, lengthMs: null }], "no recovery window"],
    ["recovery{fault:crash}", [fault], "no fault of the name crash"],
    ["recovery{fault:crash}", [fault, { ...crash, lengthMs: null }], "no recovery window"],
    ["recovery{fault:crash}", [{ ...crash, startMs: 15_000 }], "no recovery window"],
  ])("is a problem where the run has none: %s", (metric, faults, missing) => {
    expect(problemsOf([within(metric)], { ...scope, faults })).toEqual([
      `goals.yaml: ${metric}: this run has ${missing}: expected a fault that ends before the run does, such as --chaos NAME@10s+5s`,
    ]);
  });
});
