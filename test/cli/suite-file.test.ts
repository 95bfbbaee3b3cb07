import { describe, expect, it } from "vitest";
import { parseSuite, readSuite } from "../../src/cli/suite-file.ts";
import { UsageError } from "../../src/cli/problems.ts";

const source = { path: "my.yaml", file: "/suites/my.yaml", given: {} };

async function problemsIn(...lines: readonly string[]): Promise<readonly string[]> {
  const suite = await parseSuite(lines.join("\n"), source);
  if (suite.ok) throw new Error("it was taken");
  return suite.problems;
}

describe("a suite", () => {
  it("asks each run for what the command line would, with the suite's defaults", async () => {
    const suite = await parseSuite(
      [
        "name: mine",
        "defaults: { sessions: 4, duration: 30s, variant: current }",
        "runs:",
        "  - name: writes",
        "    scenario: concurrent",
        "    sessions: 8",
        "    think: 0",
        "    ledger: false",
        "    options: { hot: 50, unlocked: true }",
        "    chaos: kill-backends@5s+2s",
        '    thresholds: { latency: ["p(90) < 1s", "max < 9s"] }',
        "  - name: reads",
        "    scenario: point-read",
        "    rate: 100..200",
      ].join("\n"),
      source,
    );
    if (!suite.ok) throw new Error(suite.problems.join("\n"));
    const [writes, reads] = suite.value.entries;
    expect(suite.value.name).toBe("mine");
    expect(writes).toMatchObject({
      name: "writes",
      plan: {
        scenario: "concurrent",
        sessions: 8,
        durationMs: 30_000,
        thinkMs: [0, 0],
        ledger: false,
        options: { hot: 50, unlocked: true },
        faults: [{ text: "kill-backends@5s+2s" }],
      },
    });
    expect(writes?.plan.thresholds).toContainEqual({
      source: "my.yaml",
      metric: "latency",
      expression: "max < 9s",
    });
    expect(writes?.thresholds.map(({ metric }) => metric.name)).toContain("latency");
    expect(reads?.plan).toMatchObject({ sessions: 4, rate: 100, variant: "current", faults: [] });
  });

  it("takes several variants at once", async () => {
    const line = "{ name: one, scenario: concurrent, variant: 'fillfactor-85,differential' }";
    const suite = await parseSuite(["name: mine", "runs:", `  - ${line}`].join("\n"), source);
    if (!suite.ok) throw new Error(suite.problems.join("; "));
    expect(suite.value.entries[0]?.plan.variant).toBe("differential,fillfactor-85");
  });

  it("takes an alias for what it stands for, thresholds and whole runs among it", async () => {
    const lines = [
      "name: aliases",
      "runs:",
      "  - name: one",
      "    scenario: concurrent",
      '    thresholds: &goals { latency: ["max < 9s"] }',
      "  - &two { name: two, scenario: point-read, thresholds: *goals }",
    ];
    const suite = await parseSuite(lines.join("\n"), source);
    if (!suite.ok) throw new Error(suite.problems.join("\n"));
    expect(suite.value.entries.map(({ name }) => name)).toEqual(["one", "two"]);
    for (const { plan } of suite.value.entries) {
      expect(plan.thresholds).toContainEqual(expect.objectContaining({ expression: "max < 9s" }));
    }
    expect(await problemsIn(...lines, "  - *two")).toEqual([
      "my.yaml:6:18: the run two stands at my.yaml:6:18 already: expected names of their own",
    ]);
  });

  it("tells every problem of every run at once, in order, with line and column", async () => {
    const problems = await problemsIn(
      "name: bad",
      "defaults:",
      "  sessions: many",
      "runs:",
      "  - name: one",
      "    scenario: nothing",
      "  - name: one",
      "    scenario: concurrent",
      "    duration: soon",
      "    speed: 7",
      '    thresholds: { latncy: ["p(99) < 1s"] }',
      "  - name: three",
      "    scenario: concurrent",
      "    options: { hat: 3 }",
      "    chaos: [no-such@1s]",
      "    engine: go",
    );
    expect(problems.map((problem) => problem.slice(0, 40))).toEqual([
      expect.stringMatching(/^my.yaml:3:13: sessions: expected a whole/),
      expect.stringMatching(/^my.yaml:5:5: run one: there is no scenar/),
      expect.stringMatching(/^my.yaml:7:11: the run one stands at my.y/),
      expect.stringMatching(/^my.yaml:9:15: run one: duration: expecte/),
      expect.stringMatching(/^my.yaml:10:12: speed: there is no such o/),
      expect.stringMatching(/^my.yaml:11:19: "latncy" is not a metric:/),
      expect.stringMatching(/^my.yaml:14:21: run three: unknown option/),
      expect.stringMatching(/^my.yaml:15:12: run three: chaos: there i/),
      expect.stringMatching(/^my.yaml:16:13: engine: Invalid option: e/),
    ]);
  });

  it("finds options that exclude each other in a run, as the command line does", async () => {
    expect(
      await problemsIn(
        "name: both",
        "runs:",
        "  - { name: a, scenario: concurrent, duration: 5s, transactions: 5 }",
      ),
    ).toEqual([
      "my.yaml:3:48: run a: --duration and --transactions exclude each other: give one of them",
    ]);
  });

  it.each([
    ["hello", "my.yaml:1:1: expected a suite: its name, and its runs"],
    ["", "my.yaml:1:1: expected a suite: its name, and its runs"],
    ["name: a\nruns: []", "my.yaml:2:7: runs: Too small: expected array to have >=1 items"],
    ["name: [", "my.yaml:1:8: not YAML: Flow sequence in block collection must be"],
  ])("says of %j what was expected", async (text, problem) => {
    expect((await problemsIn(text))[0]).toContain(problem);
  });

  it("looks for files beside itself", async () => {
    const problems = await problemsIn(
      "name: beside",
      "runs:",
      "  - { name: a, scenario: ./own.sql, thresholds: goals.yaml }",
    );
    expect(problems.join()).toContain("cannot read the scenario /suites/own.sql");
    expect(problems.join()).toContain("cannot read /suites/goals.yaml");
  });

  it("named nightly ships with loadgen, and ends within 15 minutes", async () => {
    const { name, entries } = await readSuite("nightly", {});
    expect(name).toBe("nightly");
    const lengths = entries.map(({ plan }) => plan.warmupMs + (plan.durationMs ?? NaN));
    // To clone, audit, start servers anew, and load the data the first time: measured, 2 minutes in all.
    expect(lengths.reduce((sum, ms) => sum + ms, 0)).toBeLessThan(11 * 60_000);
    expect(new Set(entries.map(({ scenario }) => scenario.name)).size).toBeGreaterThanOrEqual(5);
    for (const fault of ["pool-limit", "lock-table", "kill-backends", "crash"]) {
      const run = entries.find(({ plan }) => plan.faults.some((one) => one.name === fault));
      expect(
        run?.thresholds.map(({ metric }) => metric.name),
        fault,
      ).toContain("recovery");
    }
    expect(entries.filter(({ plan }) => plan.ledger)).toHaveLength(2);
  });

  it("that there is none of is a problem of usage", async () => {
    await expect(readSuite("no-such", {})).rejects.toThrow(UsageError);
    await expect(readSuite("./no-such.yaml", {})).rejects.toThrow(/--suite: cannot read .*ENOENT/);
  });
});
