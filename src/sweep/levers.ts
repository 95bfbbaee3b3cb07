/**
 * How a suspect is relieved: what to change in the plan of a run so that there is more of it, or, of
 * a machine's cores, less; and what throughput has to become then if the suspect is what limits. Pure.
 */
import type { Plan, PlannedFault } from "../core/plan.ts";
import type { Fix } from "../core/scenario.ts";
import type { Measurements } from "../scaling/measurements.ts";
import { changeMin, type Relief } from "../scaling/relief.ts";
import { predictedOnCores, predictedWider } from "../scaling/prediction.ts";
import type { Suspect } from "../scaling/suspects.ts";

export interface Lever {
  readonly plan: Plan;
  /** Such as "the pool from 6 to 12 connections". */
  readonly changed: string;
  readonly direction: Relief["direction"];
  /** Transactions a second. */
  readonly predicted: number;
}

/** Twice as much is enough to see, and seldom so much that another resource hides it. */
const wider = 2;

/** Null where nothing in the plan widens the suspect. */
export function leverFor(
  suspect: Suspect,
  { plan, seen, fixes }: { plan: Plan; seen: Measurements; fixes: readonly Fix[] },
): Lever | null {
  switch (suspect.kind) {
    case "pool":
      return poolLever(suspect, plan, seen);
    case "cpu":
      return coresLever(plan, seen);
    case "service-gate":
    case "lock":
    case "network":
      return fixLever(suspect, { plan, seen, fixes });
    case "internal-lock":
    case "io":
      return null;
  }
}

/** Whatever holds sessions back from their connections, all of it: one alone would leave the other. */
function poolLever(suspect: Suspect, plan: Plan, seen: Measurements): Lever | null {
  const changes: string[] = [];
  // More than one for each session would stay unused, and may be more than the server has room for.
  const widened = (max: number) => Math.max(max, Math.min(plan.sessions, max * wider));
  const faults = plan.faults.map((fault) => {
    const max = Number(fault.parameters.max);
    if (fault.name !== "pool-limit" || widened(max) === max) return fault;
    changes.push(`sessions at a time from ${max} to ${widened(max)}`);
    return withMax(fault, widened(max));
  });
  const poolMax = plan.poolMax === null ? null : widened(plan.poolMax);
  if (poolMax !== plan.poolMax) {
    changes.push(`the pool from ${plan.poolMax} to ${poolMax} connections`);
  }
  if (changes.length === 0) return null;
  return {
    plan: { ...plan, poolMax, faults },
    changed: changes.join(", "),
    direction: "wider",
    predicted: predictedWider(seen, suspect, wider),
  };
}

function withMax(fault: PlannedFault, max: number): PlannedFault {
  const text = fault.text.replace(/\bmax=\d+/, `max=${max}`);
  return { ...fault, text, parameters: { ...fault.parameters, max } };
}

/**
 * A machine gets no more cores by wishing; the reverse is as telling: on half of them, a server that
 * used them all does as much less.
 */
function coresLever(plan: Plan, { host, perSecond }: Measurements): Lever | null {
  if (host === null || host.cores < 2) return null;
  const cores = Math.floor(host.cores / 2);
  const predicted = predictedOnCores(perSecond, host.serverCores, cores);
  // What nearly fits on half of them would not show it.
  if (1 - predicted / perSecond < 2 * changeMin) return null;
  const limit: PlannedFault = {
    text: `cpu-limit:cores=${cores}`,
    name: "cpu-limit",
    parameters: { cores },
    startMs: null,
    lengthMs: null,
  };
  return {
    plan: { ...plan, faults: [...plan.faults, limit] },
    changed: `the server's sessions on ${cores} of ${host.cores} cores`,
    direction: "narrower",
    predicted,
  };
}

function fixLever(
  suspect: Suspect,
  { plan, seen, fixes }: { plan: Plan; seen: Measurements; fixes: readonly Fix[] },
): Lever | null {
  const fix = openFixes(fixes, plan).find((one) => relieves(one, suspect));
  if (fix === undefined) return null;
  return {
    plan: fixed(plan, fix),
    changed: `${fix.name} (${fix.summary})`,
    direction: "wider",
    predicted: predictedWider(seen, suspect, Number.POSITIVE_INFINITY),
  };
}

function relieves({ relieves: what }: Fix, { kind, name }: Suspect): boolean {
  return what.kind === kind && (what.kind !== "service-gate" || what.gate === name);
}

/**
 * Those that are still to be made: of several for one option the later ones go further, so that one
 * that is made already leaves only those after it.
 */
export function openFixes(fixes: readonly Fix[], { options }: Plan): readonly Fix[] {
  return fixes.filter((fix, index) =>
    Object.entries(fix.options).some(
      ([name, value]) =>
        options[name] !== value &&
        !fixes.slice(index + 1).some((later) => later.options[name] === options[name]),
    ),
  );
}

export function fixed(plan: Plan, fix: Fix): Plan {
  return { ...plan, options: { ...plan.options, ...fix.options } };
}
