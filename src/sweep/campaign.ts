/** The runs of a sweep: each performed on its own, from a fresh clone, and remembered by its plan. */
import type { Plan } from "../core/plan.ts";
import type { RunResult } from "../run/result.ts";
import type { Measurements } from "../scaling/measurements.ts";
import { missingBackends } from "../scaling/parts.ts";
import { type Chance, type Mean, meanOfRuns, ratioOf } from "../scaling/ratio.ts";
import { noiseOf, type Point } from "../scaling/series.ts";
import { meanOf } from "../statistics/spread.ts";
import { measurementsOf } from "./measured.ts";

export interface Ran {
  readonly plan: Plan;
  readonly result: RunResult;
  readonly seen: Measurements;
  /** Beside sweep.json. */
  readonly folder: string;
  /** Why it was run, such as "6 sessions" or "relief: the pool from 6 to 12 connections". */
  readonly purpose: string;
}

export interface CampaignRequest {
  /** Of one run; its number of sessions is replaced. */
  readonly plan: Plan;
  /** Performs one run and stores it in a folder of this name. */
  readonly perform: (plan: Plan, folder: string) => Promise<RunResult>;
  /** Aborts with "SIGINT" or "SIGTERM" as its reason. */
  readonly interrupted: AbortSignal;
  readonly onRan: (ran: Ran, count: number) => void;
}

export class Campaign {
  readonly #request: CampaignRequest;
  #count = 0;
  readonly #steps: Ran[] = [];
  readonly #others: Ran[] = [];
  readonly #discarded: Ran[] = [];
  #cutOff: Ran | null = null;

  constructor(request: CampaignRequest) {
    this.#request = request;
  }

  /** The sweep's own runs: of its plan, at its counts. In the order performed. */
  get steps(): readonly Ran[] {
    return this.#steps;
  }

  /** Runs that were no evidence by chance, and that another one stands for. */
  get discarded(): readonly Ran[] {
    return this.#discarded;
  }

  /** The run that the user stopped half way; null: there is none. */
  get cutOff(): Ran | null {
    return this.#cutOff;
  }

  /** Runs of changed plans. */
  get others(): readonly Ran[] {
    return this.#others;
  }

  get points(): readonly Point[] {
    return this.#steps.map(({ plan, seen }) => ({
      sessions: plan.sessions,
      perSecond: seen.perSecond,
    }));
  }

  /** Those at this count, in order of throughput. */
  at(sessions: number): readonly Ran[] {
    return byThroughput(this.#steps.filter(({ plan }) => plan.sessions === sessions));
  }

  /** Runs of changed plans that were changed to this one. */
  likewise(plan: Plan): readonly Ran[] {
    const text = JSON.stringify(plan);
    return this.#others.filter((ran) => JSON.stringify(ran.plan) === text);
  }

  /** Throughput of these runs, with an interval from how much equal runs of this sweep differ. */
  mean(runs: readonly Ran[]): Mean {
    const values = throughputs(runs);
    const chance = this.#chance;
    if (chance !== null) return meanOfRuns(values, chance);
    return { mean: meanOf(values), low: Math.min(...values), high: Math.max(...values) };
  }

  /** By what factor throughput changed; null where that cannot be told: nothing was run twice, or committed nothing. */
  ratio(before: readonly Ran[], after: readonly Ran[]): Mean | null {
    const chance = this.#chance;
    return chance && ratioOf(throughputs(before), throughputs(after), chance);
  }

  get #chance(): Chance | null {
    const noise = noiseOf(this.points);
    return noise && { noise, seed: this.#request.plan.seed };
  }

  /** One more run of the sweep's own plan. Rejects with the signal's name once the user stops the sweep. */
  async step(sessions: number): Promise<Ran> {
    const purpose = `${sessions} ${sessions === 1 ? "session" : "sessions"}`;
    return this.#run({ ...this.#request.plan, sessions }, purpose, this.#steps);
  }

  /** A run of a changed plan. Rejects likewise. */
  async other(plan: Plan, purpose: string): Promise<Ran> {
    return this.#run(plan, purpose, this.#others);
  }

  /** An invalid run is made once more: what ails many of them will ail that one, too. */
  async #run(plan: Plan, purpose: string, kept: Ran[]): Promise<Ran> {
    const first = await this.#performed(plan, purpose);
    if (!isInvalidByChance(first.result)) {
      kept.push(first);
      return first;
    }
    this.#discarded.push(first);
    const second = await this.#performed(plan, purpose);
    kept.push(second);
    return second;
  }

  async #performed(plan: Plan, purpose: string): Promise<Ran> {
    const { interrupted, perform, onRan } = this.#request;
    interrupted.throwIfAborted();
    const count = ++this.#count;
    const folder = `${String(count).padStart(3, "0")}-${plan.sessions}-sessions`;
    const result = await perform(plan, folder);
    const ran = { plan, result, seen: measurementsOf(result), folder, purpose };
    // What was stopped half way says nothing of throughput; what it left broken is told.
    if (interrupted.aborted) this.#cutOff = ran;
    interrupted.throwIfAborted();
    onRan(ran, count);
    return ran;
  }
}

/** The generator or the count of transactions, once; that backends are missing is no matter of chance. */
export function isInvalidByChance(result: RunResult): boolean {
  return result.verdict.exitCode === 97 && missingBackends(measurementsOf(result)) === 0;
}

export function byThroughput(runs: readonly Ran[]): readonly Ran[] {
  return [...runs].sort((one, other) => one.seen.perSecond - other.seen.perSecond);
}

/** The run in the middle, by throughput; of an even number the lower one. Undefined without any. */
export function medianRun(runs: readonly Ran[]): Ran | undefined {
  return byThroughput(runs)[Math.floor((runs.length - 1) / 2)];
}

export function throughputs(runs: readonly Ran[]): readonly number[] {
  return runs.map(({ seen }) => seen.perSecond);
}
