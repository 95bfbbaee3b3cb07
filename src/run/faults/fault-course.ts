/** A fault of a run, armed, and what became of it. */
import type { Figures } from "../../core/evidence.ts";
import type { PlannedFault } from "../../core/plan.ts";
import type { Fault, FaultParameters } from "../../faults/fault.ts";
import { isOfHost } from "../../faults/host.ts";
import type { DebtCourse } from "./debt-course.ts";
import type { Mark } from "../mark.ts";

/** A planned fault with its implementation. */
export interface ArmedFault {
  readonly planned: PlannedFault;
  readonly fault: Fault;
  readonly parameters: FaultParameters;
}

/** What became of one fault. Times are milliseconds since the measured time began. */
export interface FaultCourse {
  readonly armed: ArmedFault;
  startMs: number | null;
  /** When its undo began: from then on a run may recover. */
  releasedMs: number | null;
  /** When its undo was done. */
  endMs: number | null;
  /** Right before the injection, after it, before the undo and after it. */
  readonly marks: { before?: Mark; inForce?: Mark; leaving?: Mark; after?: Mark };
  /** What the fault saw on the server; empty if it could not be asked. */
  figures: Figures;
  /** Why what it did in the background stopped before its end; null: it did not. */
  trouble: string | null;
  /** Null: it leaves none, or it never came. */
  debt: DebtCourse | null;
  /** Why it could not be injected. */
  injectProblem: string | null;
  /** What is left, how to undo it by hand, and how to try it again. */
  undoProblem: string | null;
}

/** Of a fault that has not come yet. */
export function courseOf(armed: ArmedFault): FaultCourse {
  return {
    armed,
    startMs: null,
    releasedMs: null,
    endMs: null,
    marks: {},
    figures: {},
    trouble: null,
    debt: null,
    injectProblem: null,
    undoProblem: null,
  };
}

/** Whether it stops the server itself. */
export function isHost({ armed }: FaultCourse): boolean {
  return isOfHost(armed.fault);
}
