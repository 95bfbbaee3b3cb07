/** The faults of a plan, from what was given with --chaos and --while: the part in which they are looked up and checked. */
import { timeText } from "../core/chaos-schedule.ts";
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
  /** Those of --while. */
  readonly tasks: Parsed<readonly PlannedFault[]>;
  readonly engine: EngineName;
}

/** With every problem that there is, those of schedules and of faults that exclude each other included. */
export function plannedFaults(asked: FaultsAsked): Parsed<readonly PlannedFault[]> {
  const drawn = faultTexts(asked.texts, asked);
  const read = [
    ...drawn.texts.map((text) => withOption("--chaos", placed(readFault(text, asked), asked))),
    ...(asked.tasks.ok ? asked.tasks.value : []).map((task) =>
      withOption("--while", placed(parsed(task), asked)),
    ),
  ];
  const planned = read.flatMap((fault) => (fault.ok ? [fault.value] : []));
  const overlaps = overlapProblems(planned, whoOwns).map((problem) => `--chaos: ${problem}`);
  const problems = [...drawn.problems, ...problemsOf(...read, asked.tasks), ...overlaps];
  return problems.length > 0 ? rejected(...problems) : parsed(planned);
}

/** Problems of the text itself begin with it. */
function withOption(option: string, fault: Parsed<PlannedFault>): Parsed<PlannedFault> {
  if (fault.ok) return fault;
  return rejected(
    ...fault.problems.map((problem) =>
      problem.startsWith("fault ") ? problem : `${option}: ${problem}`,
    ),
  );
}

/** What only one fault may have at a time: the server's processes, or what this fault changes. */
function whoOwns({ name }: PlannedFault): string {
  const fault = faults.find((one) => one.name === name);
  return fault !== undefined && isOfHost(fault) ? "the server's processes" : name;
}

function readFault(text: string, { engine }: FaultsAsked): Parsed<PlannedFault> {
  const written = parseFaultText(text);
  if (!written.ok) return written;
  const { name, given, startMs, lengthMs } = written.value;
  const fault = faults.find((one) => one.name === name);
  if (fault === undefined) {
    const known = faults.map((one) => one.name).join(", ");
    return rejected(`there is no fault "${name}": expected one of ${known}`);
  }
  const limits = engine === "k6" ? { ...fault.parameters, ...fault.onK6 } : fault.parameters;
  const parameters = checkParameters(name, given, limits);
  if (!parameters.ok) return rejected(...parameters.problems);
  const task = fault.endsByItself ? { endsByItself: true as const } : {};
  return parsed({ text, name, parameters: parameters.value, startMs, lengthMs, ...task });
}

/** Within the measured time; a side task that has no start is given one. */
function placed(
  fault: Parsed<PlannedFault>,
  { durationMs }: Pick<FaultsAsked, "durationMs">,
): Parsed<PlannedFault> {
  if (!fault.ok) return fault;
  const { text, lengthMs, endsByItself } = fault.value;
  if (endsByItself && fault.value.startMs === null && durationMs === null) {
    return rejected(
      `${text}: expected a start, such as @10s, for without --duration nobody knows how long the run will be`,
    );
  }
  const given = endsByItself ? (fault.value.startMs ?? usualStartMs(durationMs ?? 0)) : null;
  const startMs = given ?? fault.value.startMs;
  const endMs = (startMs ?? 0) + (lengthMs ?? 0);
  if (durationMs !== null && (endMs > durationMs || (startMs ?? 0) >= durationMs)) {
    const seconds = durationMs / 1000;
    return rejected(`${text} lies outside the measured time of ${seconds} s`);
  }
  const started = fault.value.startMs === startMs ? text : `${text}@${timeText(startMs ?? 0)}`;
  return parsed({ ...fault.value, text: started, startMs });
}

/** Of a side task: after a baseline, which need not be longer than this, and with time left. */
const baselineMsMax = 30_000;

function usualStartMs(durationMs: number): number {
  return Math.min(baselineMsMax, Math.floor(durationMs / 4));
}
