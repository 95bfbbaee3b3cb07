/**
 * junit.xml: a run as a suite of test cases, one for each threshold, fault and invariant, and one for
 * the verdict, so that a run that ended with another exit code than 0 is never green. Written for what
 * Jenkins, GitLab and GitHub's actions read: the format has no standard.
 */
import { exitCodes, type Verdict } from "../core/verdict.ts";
import { recoveryMsMin } from "../run/gated.ts";
import type { AnyResult } from "../run/result.ts";
import { recoveredText } from "./impact-section.ts";
import { repeatCommand } from "./repeat-command.ts";
import { type Element, xmlText } from "./xml.ts";

/**
 * - `failure`: it was looked at, and is not well;
 * - `error`: it could not be told, and the run does not pass because of that;
 * - `skipped`: it was not looked at, and the verdict does not stand on it.
 */
type Outcome = "passed" | "failure" | "error" | "skipped";

export interface JunitCase {
  /** What kind of case: the last part of its class name. */
  readonly kind: "verdict" | "threshold" | "fault" | "invariant" | "history";
  readonly name: string;
  readonly outcome: Outcome;
  /** What is wrong, in a line; empty where it passed. */
  readonly message: string;
  /** What was seen. */
  readonly details: string;
  readonly seconds: number;
}

export interface JunitSuite {
  readonly name: string;
  readonly cases: readonly JunitCase[];
  readonly properties: Readonly<Record<string, string>>;
}

/** A run as a suite of this name. `folder`: the run's own, as the command that repeats it names it. */
export function junitSuite(run: AnyResult, name: string, folder: string): JunitSuite {
  return {
    name,
    properties: propertiesOf(run, folder),
    cases: [
      verdictCase(run.verdict, run.transactions.lengthMs),
      ...run.thresholds.map(thresholdCase),
      ...run.faults.flatMap(faultCases),
      ...run.invariants.map(invariantCase),
    ],
  };
}

/** The file: several suites are several runs. */
export function junitXml(suites: readonly JunitSuite[]): string {
  const { tests, failures, errors, time } = countsOf(suites.flatMap(({ cases }) => cases));
  // Jenkins' schema (xunit-plugin, junit-10.xsd) knows no count of the skipped ones here.
  const counts = { tests, failures, errors, time };
  return xmlText({
    name: "testsuites",
    attributes: { name: "loadgen", ...counts },
    content: suites.map(suiteElement),
  });
}

function propertiesOf(run: AnyResult, folder: string): Readonly<Record<string, string>> {
  const { scenario, system, variant, engine, seed, sessions } = run.plan;
  const command = repeatCommand(run, folder);
  return {
    scenario,
    ...(system === null ? {} : { system, variant: variant ?? "" }),
    engine,
    seed: String(seed),
    sessions: String(sessions),
    "server.version": run.server.version,
    "exit.code": String(run.verdict.exitCode),
    decisions: run.digest.decisions,
    ...(command === null ? {} : { command }),
  };
}

/** Only this one takes time: all others look at what it measured. */
export function verdictCase(verdict: Verdict, lengthMs: number): JunitCase {
  const [reason = "", ...others] = verdict.reasons;
  const outcomes: Readonly<Record<Verdict["status"], Outcome>> = {
    pass: "passed",
    fail: "failure",
    invalid: "error",
    unknown: "error",
  };
  return {
    kind: "verdict",
    name: "verdict",
    outcome: outcomes[verdict.status],
    message: verdict.status === "pass" ? "" : `${verdict.status} (${codeText(verdict)}): ${reason}`,
    details: [reason, ...others].join("\n"),
    seconds: lengthMs / 1000,
  };
}

/** `exit code 97, invalid`. */
function codeText({ exitCode }: Verdict): string {
  const [name = ""] = Object.entries(exitCodes).find(([, code]) => code === exitCode) ?? [];
  return `exit code ${exitCode}, ${name}`;
}

const checked = { message: "", seconds: 0 };

function thresholdCase(threshold: AnyResult["thresholds"][number]): JunitCase {
  const { expression, actual, unit, judged, problem, note } = threshold;
  const outcomes: Readonly<Record<typeof judged, Outcome>> = {
    pass: "passed",
    fail: "failure",
    "no-data": "error",
    unknown: "error",
    "not-compared": "skipped",
  };
  const outcome = outcomes[judged];
  const seen = actual === null ? [] : [`actual: ${actual}${unit ?? ""}`];
  return {
    ...checked,
    kind: "threshold",
    name: expression,
    outcome,
    message: problem || (outcome === "skipped" ? note || "not compared, see the verdict" : ""),
    details: [...seen, ...(note === "" ? [] : [note])].join("\n"),
  };
}

function faultCases(fault: AnyResult["faults"][number]): readonly JunitCase[] {
  const { text, effective, evidence, undone, undoProblem, task } = fault;
  const effectOutcome =
    effective === true ? "passed" : effective === false ? "failure" : ("error" as const);
  const effectMessage =
    effective === true ? "" : effective === false ? "took no effect" : "not proven to take effect";
  return [
    {
      ...{ ...checked, kind: "fault", name: `${text}: took effect`, outcome: effectOutcome },
      message: effectMessage,
      details: evidence,
    },
    {
      ...{ ...checked, kind: "fault", name: `${text}: ${task ? "over" : "undone"}` },
      outcome: undone ? "passed" : "failure",
      message: undoProblem ?? "",
      details: "",
    },
    recoveryCase(fault),
  ];
}

/** As the verdict does: to be seen for less time than this is too short to fail by. */
function recoveryCase({ text, impact }: AnyResult["faults"][number]): JunitCase {
  const common = { ...checked, kind: "fault", name: `${text}: recovered` } as const;
  if (impact === null) {
    return { ...common, outcome: "skipped", message: "it never came", details: "" };
  }
  const { recovered } = impact;
  const details = recoveredText(recovered);
  switch (recovered.state) {
    case "recovered":
      return { ...common, outcome: "passed", details };
    case "not-recovered": {
      const outcome = recovered.withinMs < recoveryMsMin ? "skipped" : "failure";
      return { ...common, outcome, message: details, details: "" };
    }
    case "unknown":
      return { ...common, outcome: "skipped", message: details, details: "" };
  }
}

function invariantCase({ name, ok, evidence }: AnyResult["invariants"][number]): JunitCase {
  const outcome = ok === null ? "skipped" : ok ? "passed" : "failure";
  const message = ok === null ? "not checked" : ok ? "" : "broken";
  return { ...checked, kind: "invariant", name, outcome, message, details: evidence };
}

function countsOf(cases: readonly JunitCase[]) {
  const count = (outcome: Outcome) => String(cases.filter((one) => one.outcome === outcome).length);
  const seconds = cases.reduce((sum, one) => sum + one.seconds, 0);
  return {
    tests: String(cases.length),
    failures: count("failure"),
    errors: count("error"),
    skipped: count("skipped"),
    time: seconds.toFixed(3),
  };
}

function suiteElement({ name, cases, properties }: JunitSuite): Element {
  const property = ([key, value]: readonly [string, string]): Element => ({
    name: "property",
    attributes: { name: key, value },
    content: [],
  });
  const all: Element = {
    name: "properties",
    attributes: {},
    content: Object.entries(properties).map(property),
  };
  return {
    name: "testsuite",
    attributes: { name, ...countsOf(cases) },
    content: [all, ...cases.map((one) => caseElement(one, name))],
  };
}

function caseElement(one: JunitCase, suite: string): Element {
  const { kind, name, outcome, message, details, seconds } = one;
  const attributes = { name, classname: `${suite}.${kind}`, time: seconds.toFixed(3) };
  const seen: Element = { name: "system-out", attributes: {}, content: details };
  const out = details === "" ? [] : [seen];
  if (outcome === "passed") return { name: "testcase", attributes, content: out };
  const type = outcome === "skipped" ? {} : { type: kind };
  // Some show the message alone, and some the text alone.
  const text = outcome === "skipped" ? "" : [message, details].filter((part) => part).join("\n");
  const result: Element = { name: outcome, attributes: { message, ...type }, content: text };
  return { name: "testcase", attributes, content: [result, ...out] };
}
