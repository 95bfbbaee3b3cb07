import { describe, expect, it } from "vitest";
import { junitSuite, junitXml } from "../../src/report/junit.ts";
import type { RunResult } from "../../src/run/result.ts";
import { parseXml, type XmlElement } from "../helpers/xml.ts";
import { impact } from "./impact.ts";
import { loudRun } from "./loud-run.ts";
import { quietRun } from "./run-result.ts";

function suiteOf(run: RunResult): XmlElement {
  const root = parseXml(junitXml([junitSuite(run, "nightly", "reports/one")]));
  expect(root.name).toBe("testsuites");
  return root.children[0]!;
}

function named(parent: XmlElement, name: string): readonly XmlElement[] {
  return parent.children.filter((child) => child.name === name);
}

/** By name: passed, or which element it has, with its message. */
function casesOf(run: RunResult): Readonly<Record<string, string>> {
  return Object.fromEntries(
    named(suiteOf(run), "testcase").map(({ attributes, children }) => {
      const [result] = children.filter(({ name }) => name !== "system-out");
      const how = result === undefined ? "passed" : `${result.name}: ${result.attributes.message}`;
      return [attributes.name ?? "", how];
    }),
  );
}

function countsOf({ attributes: { tests, failures, errors, skipped } }: XmlElement) {
  return [tests, failures, errors, skipped];
}

const [threshold] = loudRun.thresholds;
const [fault] = loudRun.faults;

describe("junit.xml", () => {
  it("has a passing case of a passing run, with its time, and how to repeat it", () => {
    const suite = suiteOf(quietRun);
    expect(suite.attributes).toMatchObject({ name: "nightly", time: "20.000" });
    expect(countsOf(suite)).toEqual(["1", "0", "0", "0"]);
    expect(casesOf(quietRun)).toEqual({ verdict: "passed" });
    const properties = named(suite, "properties")[0]!.children.map(({ attributes }) => attributes);
    expect(Object.fromEntries(properties.map(({ name, value }) => [name, value]))).toMatchObject({
      scenario: "concurrent",
      seed: "12345",
      "server.version": "18.4",
      command: "loadgen run concurrent --repeat reports/one",
    });
  });

  it("has a case for the verdict, each threshold, three of each fault, and each invariant", () => {
    expect(casesOf(loudRun)).toEqual({
      verdict:
        "failure: fail (exit code 96, invariantBroken): the invariant no-doubles is broken: 3 rows",
      "latency: max < 1s": "failure: latency: max < 1s does not hold",
      "latency: p(99.9) < 1s": "error: too few",
      "pool-limit:max=6@10s: took effect": "passed",
      "pool-limit:max=6@10s: undone": "passed",
      "pool-limit:max=6@10s: recovered": "passed",
      "autovacuum-pause: took effect": "failure: took no effect",
      "autovacuum-pause: undone": "failure: item still has autovacuum_enabled=false",
      "autovacuum-pause: recovered": "skipped: it never came",
      "no-doubles": "failure: broken",
      "no-orphans": "passed",
    });
    expect(countsOf(suiteOf(loudRun))).toEqual(["11", "5", "1", "1"]);
  });

  it.each([
    ["invalid", 97, "error"],
    ["unknown", 93, "error"],
    ["unknown", 130, "error"],
    ["fail", 99, "failure"],
  ] as const)("is not green where the verdict is %s (%i)", (status, exitCode, how) => {
    const verdict = { status, exitCode, reasons: ["because", "and so"] };
    expect(casesOf({ ...quietRun, verdict }).verdict).toMatch(
      new RegExp(`^${how}: ${status} \\(exit code ${exitCode}, \\w+\\): because$`),
    );
    const [only] = named(suiteOf({ ...quietRun, verdict }), "testcase");
    expect(only!.children[0]!.text).toContain("because\nand so");
  });

  it("tells what could not be judged from what was left out", () => {
    const judged = ["no-data", "unknown", "not-compared"] as const;
    const thresholds = judged.map((one) => ({
      ...threshold!,
      ...{ expression: one, judged: one, note: "a note" },
      problem: one === "not-compared" ? "" : "a problem",
    }));
    const invariants = [{ name: "unseen", ok: null, evidence: "the server was gone" }];
    expect(casesOf({ ...quietRun, thresholds, invariants })).toMatchObject({
      "no-data": "error: a problem",
      unknown: "error: a problem",
      "not-compared": "skipped: a note",
      unseen: "skipped: not checked",
    });
  });

  it("does not take an effect for proven that nobody could see", () => {
    const unproven = { ...fault!, effective: null };
    expect(casesOf({ ...quietRun, faults: [unproven] })[`${fault!.text}: took effect`]).toBe(
      "error: not proven to take effect",
    );
  });

  it.each([
    [{ state: "not-recovered", withinMs: 12_000 }, /^failure: NOT RECOVERED in the 12 s/],
    [{ state: "not-recovered", withinMs: 4_000 }, /^skipped: NOT RECOVERED in the 4 s/],
    [{ state: "unknown", why: "too-short" }, /^skipped: recovery unknown/],
  ] as const)("fails by recovery only where the verdict does: %j", (recovered, how) => {
    const faults = [{ ...fault!, impact: { ...impact, recovered } }];
    expect(casesOf({ ...quietRun, faults })[`${fault!.text}: recovered`]).toMatch(how);
  });

  it("puts several runs into one file, and sums them up", () => {
    const suites = [quietRun, loudRun].map((run, index) => junitSuite(run, `run ${index}`, "."));
    const root = parseXml(junitXml(suites));
    expect(root.children.map(({ attributes }) => attributes.name)).toEqual(["run 0", "run 1"]);
    expect(countsOf(root)).toEqual(["12", "5", "1", undefined]);
    expect(root.attributes.time).toBe("40.000");
  });

  it("keeps what a server or a scenario says from becoming markup", () => {
    const evidence = 'ERROR: <row id="1"> & "\u0000"\n]]>';
    const invariants = [{ name: '<a & "b">', ok: false, evidence }];
    const run = { ...quietRun, invariants };
    expect(casesOf(run)).toHaveProperty('<a & "b">');
    expect(named(suiteOf(run), "testcase")[1]!.children[1]!.text).toBe(
      evidence.replace("\u0000", "\ufffd"),
    );
  });
});
