/** `loadgen run`: from the command line to a frozen plan, a run, and its exit code. */
import { readFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { systems } from "../../../fixtures/index.ts";
import type { Parsed } from "../../core/parsed.ts";
import type { Plan, PlannedThreshold } from "../../core/plan.ts";
import type { System } from "../../core/system.ts";
import type { ExitCode } from "../../core/verdict.ts";
import { faults } from "../../faults/index.ts";
import { parseThresholdFile } from "../../metrics/threshold-file.ts";
import { applicable } from "../../metrics/threshold-scope.ts";
import type { Threshold } from "../../metrics/threshold-text.ts";
import { summaryMarkdown } from "../../report/summary-markdown.ts";
import { planText, resultText } from "../../report/terminal.ts";
import type { ArmedFault } from "../../run/chaos.ts";
import type { RunResult } from "../../run/result.ts";
import { run } from "../../run/run.ts";
import { RunFolder } from "../../run/store.ts";
import { interruption } from "../interruption.ts";
import { printingListener } from "../listeners.ts";
import { planFrom } from "../plan.ts";
import { repeatedPlan } from "../plan-file.ts";
import { failOn, UsageError } from "../problems.ts";
import { parseRunOptions, type RunOptions } from "../run-options.ts";
import { type FoundScenario, findScenario } from "../scenario-file.ts";
import { parseScenarioOptions } from "../scenario-options.ts";
import { journalFolder, namedAddress, target } from "../target.ts";

/** `words`: what stands on the command line beside known options, the scenario first. */
export async function runCommand(
  words: readonly string[],
  given: Readonly<Record<string, unknown>>,
): Promise<ExitCode> {
  const request = await requestFrom(words, given);
  const { plan, options, found, system } = request;
  const stop = interruption();
  const progress = options.json ? process.stderr : process.stdout;
  const server = await target(namedAddress(options.url ?? plan.url ?? undefined));
  const path = resolve(options.out ?? defaultFolder(found.scenario.name));
  const folder = await createFolder(path);
  const shown = relative(process.cwd(), path) || ".";
  progress.write(`${planText(plan, server.description, shown)}\n`);
  let result: RunResult | null = null;
  try {
    result = await run({
      ...request,
      runId: `${timestamp()}-${process.pid}`,
      scenario: found.scenario,
      system,
      armed: plan.faults.map(arm),
      server,
      journalFolder: journalFolder(),
      folder,
      interrupted: stop.signal,
      listener: printingListener(progress, options.quiet ?? false),
    });
    await folder.write("summary.md", summaryMarkdown(result));
  } finally {
    stop.release();
    if (result === null) await folder.discard();
  }
  if (options.json) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  else process.stdout.write(`\n${resultText(result, shown)}\n`);
  return result.verdict.exitCode;
}

interface Request {
  readonly plan: Plan;
  readonly options: RunOptions;
  readonly found: FoundScenario;
  readonly system: System | null;
  readonly thresholds: readonly Threshold[];
}

/** Throws a UsageError with every problem there is. */
async function requestFrom(
  words: readonly string[],
  given: Readonly<Record<string, unknown>>,
): Promise<Request> {
  const { options, problems } = parseRunOptions(given);
  const repeated = options.repeat === undefined ? null : await repeatedPlan(options.repeat);
  const repeatedFrom = repeated?.ok === true ? repeated.value : null;
  // The scenario comes first; with --repeat it may be left out.
  const named = words[0]?.startsWith("-") === false;
  const name = named ? words[0] : repeatedFrom?.scenario;
  const rest = named ? words.slice(1) : words;
  const found = name === undefined ? null : await findScenario(name);
  const files = await Promise.all(options.thresholds.map(readThresholds));
  const all = [
    ...problems,
    ...(name === undefined ? ["expected a scenario: see loadgen list scenarios"] : []),
    ...problemsIn(repeated),
    ...problemsIn(found),
    ...files.flatMap(problemsIn),
  ];
  if (found?.ok !== true) throw new UsageError(all);
  const { scenario } = found.value;
  const own = parseScenarioOptions(scenario, rest);
  const system = systems.find((one) => one.name === scenario.system) ?? null;
  if (scenario.system !== null && system === null) {
    const known = systems.map((one) => one.name).join(", ");
    all.push(`${scenario.name} needs the system "${scenario.system}": expected one of ${known}`);
  }
  const address = addressOf(options, repeatedFrom, all);
  const plan = planFrom({
    scenario,
    scenarioName: found.value.name,
    system,
    options,
    scenarioOptions: own.options,
    thresholds: files.flatMap((file) => (file.ok ? file.value : [])),
    url: address,
    repeated: repeatedFrom,
  });
  all.push(...own.problems, ...problemsIn(plan));
  if (!plan.ok) throw new UsageError(all);
  const thresholds = applicable(plan.value.thresholds, {
    ...plan.value,
    scenario: scenario.name,
    operations: scenario.operations,
  });
  failOn([...all, ...problemsIn(thresholds)]);
  if (!thresholds.ok) throw new UsageError(thresholds.problems);
  return { plan: plan.value, options, found: found.value, system, thresholds: thresholds.value };
}

function addressOf(options: RunOptions, repeated: Plan | null, problems: string[]): string | null {
  try {
    return namedAddress(options.url ?? repeated?.url ?? undefined)?.display ?? null;
  } catch {
    // The parser's message may quote the URL, and with it a password.
    problems.push("--url: expected postgresql://user@host:port/database");
    return null;
  }
}

function problemsIn(read: Parsed<unknown> | null): readonly string[] {
  return read === null || read.ok ? [] : read.problems;
}

async function readThresholds(path: string): Promise<Parsed<readonly PlannedThreshold[]>> {
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

function arm(planned: Plan["faults"][number]): ArmedFault {
  const fault = faults.find((one) => one.name === planned.name);
  if (fault === undefined) throw new Error(`a plan with an unknown fault: ${planned.name}`);
  return { planned, fault, parameters: planned.parameters };
}

function timestamp(): string {
  return new Date().toISOString().slice(0, 19).replace(/[-:]/g, "");
}

function defaultFolder(scenario: string): string {
  return join("reports", `${timestamp()}-${scenario}`);
}

async function createFolder(path: string): Promise<RunFolder> {
  try {
    return await RunFolder.create(path);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError([`--out: expected a new or empty folder that can be written: ${why}`]);
  }
}
