/** From the words of a command line to what a run is asked for, or to every problem that there is. */
import { readFile } from "node:fs/promises";
import { systems } from "../../fixtures/index.ts";
import { scenarios } from "../../scenarios/index.ts";
import type { Parsed } from "../core/parsed.ts";
import type { Plan } from "../core/plan.ts";
import type { Scenario } from "../core/scenario.ts";
import type { System } from "../core/system.ts";
import { faultNamed } from "../faults/index.ts";
import { parseThresholdFile, type PlacedThreshold } from "../metrics/thresholds/threshold-file.ts";
import { applicable } from "../metrics/thresholds/threshold-scope.ts";
import type { Threshold } from "../metrics/thresholds/threshold-text.ts";
import { invariantNames } from "../run/audit.ts";
import type { ArmedFault } from "../run/faults/fault-course.ts";
import { AddressError } from "../server/address.ts";
import { filesFrom, payloadsFrom, valueOf } from "./fixture-folder.ts";
import { planFrom, problemsOfAnyRun } from "./plan.ts";
import { repeatedPlan } from "./plan-file.ts";
import { failOn, UsageError } from "./problems.ts";
import { parseRunOptions, type RunOptions } from "./run-options.ts";
import { findScenario, namesFile } from "./scenario-file.ts";
import { anyOf, parseScenarioOptions } from "./scenario-options.ts";
import { namedAddress } from "./target.ts";

export interface Request {
  readonly plan: Plan;
  readonly options: RunOptions;
  readonly scenario: Scenario;
  readonly system: System | null;
  readonly thresholds: readonly Threshold[];
}

/**
 * Throws a UsageError with every problem there is.
 * @param inline thresholds beside those of the files that are given.
 */
export async function requestFrom(
  words: readonly string[],
  given: Readonly<Record<string, unknown>>,
  inline: readonly PlacedThreshold[] = [],
): Promise<Request> {
  const { options, problems } = parseRunOptions(given);
  const read = options.repeat === undefined ? null : await repeatedPlan(options.repeat);
  const repeated = read?.ok === true ? read.value : null;
  // The scenario comes first; with --repeat it may be left out.
  const isNamed = words[0]?.startsWith("-") === false;
  const name = isNamed ? words[0] : repeated?.scenario;
  const rest = isNamed ? words.slice(1) : words;
  const found = name === undefined ? null : await findScenario(name);
  const files = await Promise.all(options.thresholds.map(readThresholds));
  const all = [
    ...problems,
    ...(name === undefined ? ["expected a scenario: see loadgen list scenarios"] : []),
    ...problemsIn(read),
    ...problemsIn(found),
    ...files.flatMap(problemsIn),
  ];
  const url = addressOf(options, repeated, all);
  if (found?.ok !== true) {
    // A file that cannot be read may have any option.
    const isFile = name !== undefined && namesFile(name);
    const own = isFile ? [] : parseScenarioOptions(anyOf(scenarios), rest).problems;
    throw new UsageError([...all, ...own, ...problemsOfAnyRun({ options, url, repeated })]);
  }
  const { scenario, name: scenarioName } = found.value;
  const own = parseScenarioOptions(scenario, rest);
  const system = systemOf(scenario, all);
  const scenarioOptions = own.options;
  const thresholds = [...files.flatMap((file) => (file.ok ? file.value : [])), ...inline];
  const asked = { scenario, scenarioName, system, options, scenarioOptions, thresholds };
  const filed = await filesFrom({ system, options, repeated });
  const payloads = await payloadsFrom(options);
  all.push(...problemsIn(filed), ...problemsIn(payloads));
  const content = { files: valueOf(filed), payloads: valueOf(payloads) };
  const plan = planFrom({ ...asked, url, repeated, ...content });
  all.push(...own.problems, ...problemsIn(plan));
  if (!plan.ok) throw new UsageError(all);
  const { operations } = scenario;
  const invariants = invariantNames({
    system,
    plan: plan.value,
    faults: armed(plan.value).map(({ fault }) => fault),
  });
  const scope = { ...plan.value, scenario: scenario.name, operations, invariants };
  const judgedBy = applicable(plan.value.thresholds, scope, thresholds);
  failOn([...all, ...problemsIn(judgedBy)]);
  if (!judgedBy.ok) throw new UsageError(judgedBy.problems);
  return { plan: plan.value, options, scenario, system, thresholds: judgedBy.value };
}

function systemOf(scenario: Scenario, problems: string[]): System | null {
  const system = systems.find((one) => one.name === scenario.system) ?? null;
  if (scenario.system !== null && system === null) {
    const known = systems.map((one) => one.name).join(", ");
    problems.push(
      `${scenario.name} needs the system "${scenario.system}": expected one of ${known}`,
    );
  }
  return system;
}

function addressOf(options: RunOptions, repeated: Plan | null, problems: string[]): string | null {
  try {
    return namedAddress(options.url ?? repeated?.url ?? undefined)?.display ?? null;
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
    problems.push(error.message);
    return null;
  }
}

function problemsIn(read: Parsed<unknown> | null): readonly string[] {
  return read === null || read.ok ? [] : read.problems;
}

async function readThresholds(path: string): Promise<Parsed<readonly PlacedThreshold[]>> {
  try {
    return parseThresholdFile(await readFile(path, "utf8"), path);
  } catch (error) {
    const { code } = error as { code?: string };
    return {
      ok: false,
      problems: [`--thresholds: cannot read ${path} (${code ?? String(error)})`],
    };
  }
}

/** The faults of a plan, as they are to be injected. */
export function armed(plan: Plan): readonly ArmedFault[] {
  return plan.faults.map(arm);
}

function arm(planned: Plan["faults"][number]): ArmedFault {
  const fault = faultNamed(planned.name);
  if (fault === null) throw new Error(`a plan with an unknown fault: ${planned.name}`);
  return { planned, fault, parameters: planned.parameters };
}
