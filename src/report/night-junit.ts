/** A night as a suite of test cases, before those of its runs: how it ended, and each run beside the nights before. */
import type { Night, NightRun } from "../nightly/result.ts";
import { type JunitCase, type JunitSuite, verdictCase } from "./junit.ts";

export function nightSuite(night: Night): JunitSuite {
  const { suite, loadgen, at, commit, verdict, lengthMs, runs } = night;
  return {
    name: `loadgen nightly ${suite.name}`,
    properties: { loadgen, at, ...(commit === null ? {} : { commit }) },
    cases: [verdictCase(verdict, lengthMs), ...runs.map(historyCase)],
  };
}

/** A run that was not made is no green one; one with too few nights before it is not judged by them. */
function historyCase({ name, problem, judgement }: NightRun): JunitCase {
  const common = { kind: "history", name, seconds: 0, details: "" } as const;
  if (problem !== null) {
    return { ...common, outcome: "error", message: `there is no result: ${problem}` };
  }
  if (judgement.kind === "not-judged") {
    return { ...common, outcome: "skipped", message: judgement.why };
  }
  const { verdict, nights } = judgement;
  switch (verdict) {
    case "slower":
      return { ...common, outcome: "failure", message: `slower than ${nights} nights before` };
    case "unstable":
      return { ...common, outcome: "skipped", message: "too noisy to tell from the nights before" };
    case "same":
    case "faster":
      return { ...common, outcome: "passed", message: "", details: verdict };
  }
}
