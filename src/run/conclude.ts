/** From what was measured here to what it means: proofs of the faults, judgement, and the result of it all. */
import type { Plan } from "../core/plan.ts";
import { overloadOf } from "../metrics/overload.ts";
import type { FaultCourse } from "./faults/fault-course.ts";
import { impactOf } from "./impact.ts";
import { rememberRun } from "./equal-runs.ts";
import type { Explaining } from "./explain/explain.ts";
import type { ExplainSummary } from "./explain/explained.ts";
import { type GeneratorHealth, generatorHealth } from "./generator-health.ts";
import type { FaultResult, JudgeInput } from "./judge-input.ts";
import type { Measured } from "./measure.ts";
import type { RunResult } from "./result.ts";
import type { WeighedParts } from "./weigh.ts";
import { runResult } from "./run-result.ts";
import type { RunRequest } from "./request.ts";
import { goesThrough } from "./faults/ways.ts";
import { type Concluded, weigh } from "./weigh.ts";
import { evidenceAround } from "./windows.ts";

interface Seen extends Concluded {
  readonly measured: Measured;
  /** Null: nobody asked for it. */
  readonly explaining: Pick<Explaining, "after"> | null;
}

export async function conclude(request: RunRequest, seen: Seen): Promise<RunResult> {
  const { plan, calibration } = request;
  const measured = asSeen(seen.measured, plan);
  const { courses } = measured;
  const faults = courses.map((course) => faultResult(course, measured, plan));
  const generator = generatorOf(measured, plan);
  const overload = overloadIn(measured, plan);
  const weighed = await weigh(request, seen, {
    faults,
    generatorDoubts: generator.doubts,
    isUnobserved: false,
    overload,
    ownBeside: measured.observerCost.transactions + measured.faultTransactions,
    isShared: plan.existing,
    isPooled: isPooled(measured, plan),
  });
  const isOverloaded = overload !== null;
  const explain = await explained(request, { explaining: seen.explaining, after: weighed.after });
  const result = runResult({ ...weighed, measured, generator, isOverloaded, calibration, explain });
  return { ...result, ...(await rememberRun(request, result)) };
}

/** After all else was read and audited; not where the server is gone or somebody waits for the end. */
async function explained(
  { interrupted }: RunRequest,
  { explaining, after }: Pick<Seen, "explaining"> & Pick<WeighedParts, "after">,
): Promise<ExplainSummary | null> {
  if (explaining === null || after === null || interrupted.aborted) return null;
  return explaining.after();
}

/** Which connections a pooler lends at a time is its own matter: those count that the server saw. */
function asSeen(measured: Measured, plan: Plan): Measured {
  if (!isPooled(measured, plan)) return measured;
  const { inUseMax } = measured;
  return { ...measured, inUseMax: Math.min(inUseMax, backendsIn(measured) ?? inUseMax) };
}

function isPooled({ courses }: Measured, plan: Plan): boolean {
  return goesThrough("pooler", { plan, armed: courses.map(({ armed }) => armed) });
}

function generatorOf(measured: Measured, { engine, rate }: Plan): GeneratorHealth {
  const { totals } = measured.timeline;
  return generatorHealth({
    threads: measured.threads,
    rssBytesMax: measured.rssBytesMax,
    started: totals.started,
    latency: totals.merged((operation) => operation.latency.committed),
    scheduleLag: totals.scheduleLag,
    heardLag: totals.heardLag,
    atWorkMax: measured.inUseMax,
    backends: backendsIn(measured),
    isBeside: engine !== "pg",
    isOpenLoop: rate !== null,
  });
}

/** In the largest sample of the measured time; null without any. */
function backendsIn({ observer, zeroMs, lengthMs }: Measured): number | null {
  const { samples, connections } = observer.activityBetween(zeroMs, zeroMs + lengthMs);
  return samples === 0 ? null : connections;
}

function overloadIn({ offered, lengthMs }: Measured, { sessions }: Plan): JudgeInput["overload"] {
  if (offered === null || lengthMs === 0) return null;
  const found = overloadOf({ sessions, offered: offered.due, waiting: offered.waiting });
  return found && { ...found, offeredPerSecond: (offered.due * 1000) / lengthMs };
}

function faultResult(course: FaultCourse, measured: Measured, plan: Plan): FaultResult {
  const { armed, undoProblem } = course;
  const { name, endsTransactions } = armed.fault;
  const impact = impactOf(course, measured, plan);
  return {
    name,
    text: armed.planned.text,
    ...proofOf(course, measured),
    undoProblem,
    isTask: armed.fault.endsByItself === true,
    crashes: armed.fault.crashes === true,
    endsTransactions: endsTransactions && impact !== null,
    impact,
  };
}

function proofOf(
  course: FaultCourse,
  measured: Measured,
): Pick<FaultResult, "effective" | "evidence"> {
  const { armed, injectProblem } = course;
  if (injectProblem !== null) {
    return { effective: false, evidence: `it could not be injected: ${injectProblem}` };
  }
  const seen = evidenceAround(course, measured);
  if (seen === null) return { effective: null, evidence: "the run ended before it came" };
  const { effective, evidence } = armed.fault.prove(seen, armed.parameters);
  const trouble = course.trouble === null ? "" : `; it stopped half-way: ${course.trouble}`;
  return { effective, evidence: evidence + trouble };
}
