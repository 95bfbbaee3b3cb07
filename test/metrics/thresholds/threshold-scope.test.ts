import { describe, expect, it } from "vitest";
import type { PlannedFault, PlannedThreshold } from "../../../src/core/plan.ts";
import type { RunScope } from "../../../src/metrics/thresholds/threshold-misfits.ts";
import { applicable } from "../../../src/metrics/thresholds/threshold-scope.ts";

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

describe("a problem with the run", () => {
  const written = { ...planned("errors{operation:raed}"), place: "goals.yaml:7:3" };

  it("is told with the place of the expression in its file", () => {
    const { place, ...one } = written;
    const read = applicable([one, planned("errors{operation:wirte}")], scope, [written]);
    expect(read.ok ? [] : read.problems.map((problem) => problem.split(": ")[0])).toEqual([
      place,
      "goals.yaml",
    ]);
  });
});

describe("a threshold over any stretch", () => {
  const any = (expression: string, metric = "latency") => planned(metric, "goals.yaml", expression);

  it("is one of a run that is long enough, or of which nobody knows", () => {
    expect(outcome([any("max < 5 any 20s")])).toHaveLength(1);
    expect(outcome([any("max < 5 any 600s")], { ...scope, durationMs: null })).toHaveLength(1);
    expect(problemsOf([any("max < 5 any 21s")])).toEqual([
      "goals.yaml: latency: any 21s does not fit into --duration 20s",
    ]);
  });

  it.each([
    ["baseline", 5, 6, "any 6s does not fit into the baseline window of noop@5s+5s, which has 5 s"],
    ["fault", 4, 5, "which has 5 s: expected 6 s, as stretches begin at full seconds"],
    ["recovery", 9, 10, "the recovery window of noop@5s+5s, which has 10 s: expected 11 s"],
  ])("fits into the %s window, or is a problem", (window, fitting, tooLong, expected) => {
    const given = { ...scope, faults: [fault] };
    expect(outcome([any(`max < 5 any ${fitting}s during ${window}`)], given)).toHaveLength(1);
    expect(problemsOf([any(`max < 5 any ${tooLong}s during ${window}`)], given)).toEqual([
      expect.stringContaining(expected),
    ]);
  });

  it("fits into the window of each fault, up to the next one", () => {
    const faults = [fault, { ...fault, name: "crash", text: "crash@12s+8s", startMs: 12_000 }];
    expect(problemsOf([any("max < 5 any 3s during recovery")], { ...scope, faults })).toEqual([
      expect.stringContaining("the recovery window of noop@5s+5s, which has 2 s"),
      expect.stringContaining("the recovery window of crash@12s+8s, which has 3 s"),
    ]);
    const named = any("max < 5 any 3s during fault", "latency{fault:crash}");
    expect(outcome([named], { ...scope, faults })).toHaveLength(1);
  });

  it.each([
    ["latency", "max < 5 any 5s", null],
    ["committed", "rate > 5 any 5s", null],
    ["errors", "count < 5 any 5s during fault", null],
    ["service", "max < 5 any 5s", "sessions of k6 do not tell service by the second"],
    ["latency{operation:read}", "max < 5 any 5s", "do not tell single operations by the second"],
    ["errors{sqlstate:40001}", "rate < 5 any 5s", "do not tell single codes of errors"],
  ])("on k6 is one on %s: %s, or is refused: %s", (metric, expression, expected) => {
    const faults = [{ ...fault, lengthMs: 10_000 }];
    const k6 = { ...scope, faults, engine: "k6" as const };
    expect(problemsOf([any(expression, metric)], { ...scope, faults })).toEqual([]);
    expect(problemsOf([any(expression, metric)], k6)).toEqual(
      expected === null ? [] : [expect.stringContaining(expected)],
    );
  });
});

describe("a threshold beside the baseline", () => {
  it("is one of a run that has one", () => {
    const relative = [planned("latency", "goals.yaml", "avg < baseline * 2")];
    expect(outcome(relative, { ...scope, faults: [fault] })).toHaveLength(1);
    expect(problemsOf(relative)).toEqual([
      "goals.yaml: latency: this run has no baseline window: expected a fault that starts later, such as --chaos NAME@10s+20s",
    ]);
  });
});

describe("a threshold on invariants", () => {
  const hold = (metric: string) => planned(metric, "goals.yaml", "hold");

  it("is one of a run that checks them", () => {
    expect(outcome([hold("invariants"), hold("invariants{name:no-orphan}")])).toHaveLength(2);
    expect(problemsOf([hold("invariants{name:no-orphans}")])).toEqual([
      expect.stringContaining("checks no invariant no-orphans: expected one of no-orphan"),
    ]);
    expect(problemsOf([hold("invariants")], { ...scope, invariants: [] })).toEqual([
      expect.stringContaining("this run checks no invariants"),
    ]);
  });
});

describe("a threshold on the window of one fault", () => {
  it("is one of a run with that fault", () => {
    const given = { ...scope, faults: [fault] };
    const of = (name: string) => planned(`errors{fault:${name},window:fault}`);
    expect(outcome([of("noop")], given)).toHaveLength(1);
    expect(problemsOf([of("crash")], given)).toEqual([
      expect.stringContaining("this run has no fault of the name crash"),
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
