/** From what was measured to what it means: audit, proofs, judgement, and the result of it all. */
import type { Measurements } from "../metrics/thresholds.ts";
import type { CounterSnapshot } from "../observe/counters.ts";
import type { Address } from "../server/address.ts";
import { Connection } from "../server/connection.ts";
import { machineFingerprint, serverFingerprint } from "../server/fingerprint.ts";
import { audit } from "./audit.ts";
import type { FaultCourse } from "./chaos.ts";
import { type FaultResult, judge } from "./judge.ts";
import type { Measured } from "./measure.ts";
import { perTransaction, type RunResult, runResult } from "./result.ts";
import type { RunRequest } from "./request.ts";
import { evidenceAround, windowsAround } from "./windows.ts";

export interface Concluded {
  /** The run's database, which no session uses any more. */
  readonly address: Address;
  readonly before: CounterSnapshot;
  readonly after: CounterSnapshot;
  readonly measured: Measured;
  readonly notes: readonly string[];
}

export async function conclude(request: RunRequest, seen: Concluded): Promise<RunResult> {
  const { plan, system, thresholds, interrupted } = request;
  const { address, measured } = seen;
  const invariants = await audit(system, plan, address);
  const faults = measured.courses.map((course) => faultResult(course, measured));
  const judgement = judge({
    sessions: plan.sessions,
    measurements: measurementsOf(seen),
    thresholds,
    faults,
    invariants,
    generatorCpuShare: measured.generator.saturated ? measured.generator.cpuShare : null,
    signal: interrupted.aborted ? (interrupted.reason as "SIGINT" | "SIGTERM") : null,
  });
  const broken = invariants.some((invariant) => !invariant.ok);
  return runResult({
    ...seen,
    plan,
    ...judgement,
    faults,
    invariants,
    server: await Connection.use(address, "loadgen/fingerprint", serverFingerprint),
    machine: machineFingerprint(),
    keptDatabase: !plan.existing && (plan.keep || broken) ? address.database : null,
  });
}

function measurementsOf(seen: Concluded): Measurements {
  const { recorder, lengthMs, courses } = seen.measured;
  const perCommitted = perTransaction(seen);
  const windows = courses.flatMap((course) => windowsAround(course, courses, lengthMs));
  return {
    whole: { lengthMs, tally: recorder.totals, inTime: recorder.window(0, lengthMs) },
    windows: windows.map(({ name, startMs, endMs }) => {
      const tally = recorder.window(startMs, endMs);
      return { name, lengthMs: endMs - startMs, tally, inTime: tally };
    }),
    deadTuples: perCommitted.deadTuples,
    walBytes: perCommitted.walBytes,
  };
}

function faultResult(course: FaultCourse, measured: Measured): FaultResult {
  const { armed, injectProblem, undoProblem } = course;
  const text = armed.planned.text;
  if (injectProblem !== null) {
    const evidence = `it could not be injected: ${injectProblem}`;
    return { text, effective: false, evidence, undoProblem };
  }
  const evidence = evidenceAround(course, measured);
  if (evidence === null) {
    return { text, effective: null, evidence: "the run ended before it came", undoProblem };
  }
  return { text, ...armed.fault.prove(evidence, armed.parameters), undoProblem };
}
