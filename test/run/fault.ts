/** Faults that tests make: armed as the command line does it, and one that notes what is done to it. */
import type { PlannedFault } from "../../src/core/plan.ts";
import type { Fault } from "../../src/faults/fault.ts";
import type { ArmedFault, FaultCourse } from "../../src/run/chaos.ts";

export function arm(fault: Fault, planned: Partial<PlannedFault> = {}): ArmedFault {
  const parameters = planned.parameters ?? {};
  const { name } = fault;
  return {
    fault,
    parameters,
    planned: { text: name, name, startMs: null, lengthMs: null, ...planned, parameters },
  };
}

/** Writes down what happens to it; what differs from a fault that works is given. */
export function notingFault(notes: string[], given: Partial<Fault> = {}): Fault {
  return {
    name: "noting",
    summary: "notes what is done to it",
    radius: "database",
    dropsConnections: false,
    parameters: {},
    check: () => Promise.resolve([]),
    prepareUndo() {
      notes.push("prepareUndo");
      return Promise.resolve({ before: "as it was" });
    },
    inject() {
      notes.push("inject");
      return Promise.resolve();
    },
    prove: () => ({ effective: true, evidence: "noted" }),
    undo(_, undo) {
      notes.push(`undo ${JSON.stringify(undo)}`);
      return Promise.resolve();
    },
    ...given,
  };
}

/** A fault that came and went at these times. */
export function courseOf(
  armed: ArmedFault,
  times: Pick<FaultCourse, "startMs" | "endMs">,
): FaultCourse {
  return { armed, marks: {}, injectProblem: null, undoProblem: null, ...times };
}
