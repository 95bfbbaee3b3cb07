/** A fault as run.json has it: what was asked for, when it was in force, and what came of it. */
import type { FaultParameters } from "../faults/fault.ts";
import { shownQuery } from "../observe/snapshots/statements.ts";
import type { FaultCourse } from "./faults/fault-course.ts";
import type { FaultResult } from "./judge-input.ts";

export function faultResult(fault: FaultResult, course: FaultCourse | undefined) {
  const round = (ms: number | null | undefined) => (ms == null ? null : Math.round(ms));
  return {
    name: course?.armed.fault.name ?? "",
    text: fault.text,
    radius: course?.armed.fault.radius ?? "",
    parameters: shownParameters(course?.armed.parameters ?? {}),
    startMs: round(course?.startMs),
    releasedMs: round(course?.releasedMs),
    endMs: round(course?.endMs),
    effective: fault.effective,
    evidence: fault.evidence,
    undone: fault.undoProblem === null,
    undoProblem: fault.undoProblem,
    task: taskOf(course),
    debt: course?.debt ?? null,
    impact: fault.impact,
  };
}

/** SQL of the user's own may have passwords among its literals: only plan.json has it in full. */
function shownParameters({ sql, ...others }: FaultParameters): FaultParameters {
  return sql === undefined ? others : { ...others, sql: shownQuery(String(sql)) };
}

/** What became of a side task, and how many sessions waited for it at a time; null: it is none, or never came. */
function taskOf(course: FaultCourse | undefined) {
  if (course?.armed.fault.endsByItself !== true || course.figures.outcome === undefined)
    return null;
  const { outcome, tookMs, code, message, blocked } = course.figures;
  return {
    outcome: String(outcome),
    tookMs: Number(tookMs),
    sqlstate: code === "" ? null : String(code),
    message: message === "" ? null : String(message),
    blockedMax: Number(blocked),
  };
}
