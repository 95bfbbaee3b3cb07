/** sweep.json, schema loadgen.sweep/1: what users' scripts rely on. */
import type { Plan } from "../core/plan.ts";
import type { Verdict } from "../core/verdict.ts";
import type { LatencySummary } from "../metrics/latency.ts";
import type { Bounds } from "../scaling/demands.ts";
import type { Knee } from "../scaling/hinge.ts";
import type { LimitedBy } from "../scaling/limit.ts";
import type { EdgeFigure, GateFigure, HostFigure, WaitFigure } from "../scaling/measurements.ts";
import type { Part, Queue } from "../scaling/parts.ts";
import type { UslFit } from "../scaling/usl.ts";

export interface SweepResult {
  readonly schema: "loadgen.sweep/1";
  readonly verdict: Verdict;
  readonly plan: SweptPlan;
  /** In order of sessions. */
  readonly steps: readonly SweepStep[];
  /** Null where there is none within the noise. */
  readonly knee: Knee | null;
  /** One sentence: that there is a knee, how sure that is, or why none is claimed. */
  readonly kneeEvidence: string;
  /** Null with fewer than four counts, with one that has no repeat, or where a run committed nothing. */
  readonly usl: UslFit | null;
  /** The number of sessions that the rest is about, the largest; null where it was not reached. */
  readonly explainedAt: number | null;
  /** Where the queue forms there. */
  readonly waitsAt: Queue;
  readonly limitedBy: LimitedBy;
  readonly bounds: Bounds | null;
  /** What each fix of the scenario brought, each on top of those before it; empty where it declares none. */
  readonly fixes: readonly FixStep[];
  readonly notes: readonly string[];
}

/** What was swept: the plan of a run with the most sessions. */
export interface SweptPlan extends Omit<Plan, "faults"> {
  readonly counts: readonly number[];
  readonly repeats: number;
  readonly faults: readonly string[];
}

/** All runs at one number of sessions; figures are means over the runs, unless they say otherwise. */
export interface SweepStep {
  readonly sessions: number;
  readonly perSecond: number;
  /** Of the mean: a 95 % interval, from how much equal runs differ. */
  readonly low: number;
  readonly high: number;
  readonly runs: readonly SweepRun[];
  /** Of the run with the median throughput; so are the pool's wait, the waits and the edges. */
  readonly latencyUs: LatencySummary;
  readonly poolWaitUs: LatencySummary;
  readonly busySessions: { readonly mean: number; readonly max: number };
  readonly activeSessions: { readonly mean: number; readonly max: number };
  readonly backendsMax: number;
  readonly waits: readonly WaitFigure[];
  /** Who waited for a lock of whom. */
  readonly edges: readonly EdgeFigure[];
  /** Where the sessions are, largest first. */
  readonly parts: readonly Part[];
  readonly gates: readonly GateFigure[];
  readonly host: HostFigure | null;
  /** By how much throughput changed from the start of a run to its end, the mean of those that drifted; 0: none did. */
  readonly drift: number;
}

export interface SweepRun {
  readonly perSecond: number;
  /** Beside sweep.json. */
  readonly folder: string;
  readonly exitCode: number;
}

export interface FixStep {
  /** Null: before any fix. */
  readonly name: string | null;
  readonly summary: string;
  readonly sessions: number;
  readonly perSecond: number;
  /** Of throughput, to the row before. */
  readonly ratio: { readonly mean: number; readonly low: number; readonly high: number } | null;
  readonly p50Us: number | null;
  /** Null where too few transactions were measured for it. */
  readonly p99Us: number | null;
  readonly busy: number;
  readonly active: number;
  /** Largest first, by utilisation. */
  readonly gates: readonly RankedGate[];
  readonly waitsAt: Queue;
  /** Such as "moved the waiting, not the capacity". */
  readonly finding: string;
}

/** A place of the modelled service, by how much of its capacity is in use. */
export interface RankedGate {
  readonly name: string;
  /** Throughput times exclusive hold, by capacity: 1 is all that it can do. */
  readonly utilisation: number;
}
