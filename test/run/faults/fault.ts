/** Faults that tests make: armed as the command line does it, and one that notes what is done to it. */
import type { PlannedFault } from "../../../src/core/plan.ts";
import { namedStream } from "../../../src/core/random.ts";
import {
  type Fault,
  type FaultContext,
  type FaultPlace,
  type FaultTarget,
  nothingInForce,
  type SessionControl,
  type Undo,
} from "../../../src/faults/fault.ts";
import type { ArmedFault, FaultCourse } from "../../../src/run/faults/fault-course.ts";
import type { ChaosOptions } from "../../../src/run/faults/fault-life.ts";
import { FaultAccount } from "../../../src/run/faults/fault-scope.ts";
import { noMark } from "../../../src/run/mark.ts";
import type { FreshDatabase } from "../../helpers/postgres.ts";

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
  return { ...passingFault(notes), undo: notingUndo(notes), ...given };
}

/** As `notingFault`, but all that it does ends with the process. */
export function passingFault(notes: string[], given: Partial<Omit<Fault, "undo">> = {}): Fault {
  return {
    name: "noting",
    summary: "notes what is done to it",
    radius: "database",
    dropsConnections: false,
    endsTransactions: false,
    parameters: {},
    check: () => Promise.resolve([]),
    inject() {
      notes.push("inject");
      return Promise.resolve(nothingInForce);
    },
    prove: () => ({ effective: true, evidence: "noted" }),
    ...given,
  };
}

/** The undo of `notingFault`; what differs is given. */
export function notingUndo(notes: string[], given: Partial<Undo> = {}): Undo {
  return {
    prepare() {
      notes.push("prepare");
      return Promise.resolve({ before: "as it was" });
    },
    perform(_, record) {
      notes.push(`undo ${JSON.stringify(record)}`);
      return Promise.resolve();
    },
    ...given,
  };
}

/** A fault that came and went at these times. */
export function courseOf(
  armed: ArmedFault,
  times: Pick<FaultCourse, "startMs" | "endMs"> & Partial<Pick<FaultCourse, "releasedMs">>,
): FaultCourse {
  return {
    armed,
    marks: {},
    releasedMs: times.endMs,
    figures: {},
    trouble: null,
    debt: null,
    injectProblem: null,
    undoProblem: null,
    ...times,
  };
}

/** On a server whose processes are not ours to stop. */
export function placeOf(target: FaultTarget): FaultPlace {
  return { target, host: null };
}

/** What the faults of a run share, with nothing in between; sessions refuse what is not given. */
export function baseOf(
  target: FaultTarget,
  sessions: Partial<SessionControl> = {},
): Omit<FaultContext, "connect" | "background" | "random"> {
  return {
    ...placeOf(target),
    network: null,
    pooler: null,
    sessions: {
      prefix: "loadgen/ledger/",
      limitConnections() {
        throw new Error("the gate is none of its business");
      },
      backends: () => Promise.reject(new Error("the sessions' backends are none of its business")),
      ...sessions,
    },
  };
}

/** For a fault that needs no connections and no work of its own. */
export function contextOn(
  target: FaultTarget,
  sessions: Partial<SessionControl> = {},
): FaultContext {
  return {
    ...baseOf(target, sessions),
    random: namedStream(1, "fault", 0),
    connect: () => Promise.reject(new Error("it needs no connection of its own")),
    background() {
      throw new Error("it needs no work in the background");
    },
  };
}

/** Faults on their own in a database of a test's; its clock begins now, and what differs is given. */
export function chaosOptions(
  { address, connection }: FreshDatabase,
  journalFolder: string,
  given: Partial<ChaosOptions> = {},
): ChaosOptions {
  const zeroMs = performance.now();
  return {
    runId: "a-run",
    journalFolder,
    server: null,
    address,
    seed: 1,
    base: baseOf(connection),
    account: new FaultAccount(),
    lengthMs: 60_000,
    clockMs: () => performance.now() - zeroMs,
    cut: () => Promise.resolve(),
    mark: () => Promise.resolve(noMark),
    onChange: () => undefined,
    serverBack: () => Promise.resolve(),
    ...given,
  };
}
