/** The faults of a plan, from what was given with --chaos: the part in which they are looked up and checked. */
import { checkParameters, parseFaultText } from "../core/fault-text.ts";
import { type Parsed, parsed, problemsOf, rejected } from "../core/parsed.ts";
import type { EngineName, PlannedFault } from "../core/plan.ts";
import { overlapProblems } from "../core/window.ts";
import { isOfHost } from "../faults/host.ts";
import { faults } from "../faults/index.ts";
import { faultTexts, type ScheduledRun } from "./scheduled-faults.ts";

export interface FaultsAsked extends ScheduledRun {
  /** As written; schedules among them. */
  readonly texts: readonly string[];
  readonly engine: EngineName;
}

/** With every problem that there is, those of schedules and of faults that exclude each other included. */
export function plannedFaults(asked: FaultsAsked): Parsed<readonly PlannedFault[]> {
  const drawn = faultTexts(asked.texts, asked);
  const read = drawn.texts.map((text) => plannedFault(text, asked));
  const planned = read.flatMap((fault) => (fault.ok ? [fault.value] : []));
  const overlaps = overlapProblems(planned, whoOwns).map((problem) => `--chaos: ${problem}`);
  const problems = [...drawn.problems, ...problemsOf(...read), ...overlaps];
  return problems.length > 0 ? rejected(...problems) : parsed(planned);
}

/** What only one fault may have at a time: the server's processes, or what this fault changes. */
function whoOwns({ name }: PlannedFault): string {
  const fault = faults.find((one) => one.name === name);
  return fault !== undefined && isOfHost(fault) ? "the server's processes" : name;
}

function plannedFault(
  text: string,
  { durationMs, engine }: Pick<FaultsAsked, "durationMs" | "engine">,
): Parsed<PlannedFault> {
  const written = parseFaultText(text);
  if (!written.ok) return written;
  const { name, given, startMs, lengthMs } = written.value;
  const fault = faults.find((one) => one.name === name);
  if (fault === undefined) {
    const known = faults.map((one) => one.name).join(", ");
    return rejected(`--chaos: there is no fault "${name}": expected one of ${known}`);
  }
  const limits = engine === "k6" ? { ...fault.parameters, ...fault.onK6 } : fault.parameters;
  const parameters = checkParameters(name, given, limits);
  if (!parameters.ok)
    return rejected(...parameters.problems.map((problem) => `--chaos: ${problem}`));
  const endMs = (startMs ?? 0) + (lengthMs ?? 0);
  if (durationMs !== null && (endMs > durationMs || (startMs ?? 0) >= durationMs)) {
    const seconds = durationMs / 1000;
    return rejected(`--chaos: ${text} lies outside the measured time of ${seconds} s`);
  }
  return parsed({ text, name, parameters: parameters.value, startMs, lengthMs });
}
