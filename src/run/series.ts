/** Runs one after another, each performed on its own and stored in a folder of its own. */
import type { Plan } from "../core/plan.ts";
import type { RunResult } from "./result.ts";

/** What one run of a series is to be. */
export interface SeriesJob {
  readonly plan: Plan;
  /** Why it is run, such as "6 sessions" or "relief: the pool from 6 to 12 connections". */
  readonly purpose: string;
  /** What its folder is called after its number, such as "6-sessions". */
  readonly label: string;
}

export type Performed<Job extends SeriesJob> = Job & {
  readonly result: RunResult;
  /** Its name, such as "001-6-sessions". */
  readonly folder: string;
};

export interface SeriesRequest<Job extends SeriesJob> {
  /** Performs one run and stores it in a folder of this name. */
  readonly perform: (job: Job, folder: string) => Promise<RunResult>;
  /** Whether another run of the same plan may well be valid. */
  readonly isInvalidByChance: (result: RunResult) => boolean;
  /** Aborts with "SIGINT" or "SIGTERM" as its reason. */
  readonly interrupted: AbortSignal;
  /** `count`: from 1. */
  readonly onRan: (ran: Performed<Job>, count: number) => void;
}

export class Series<Job extends SeriesJob> {
  readonly #request: SeriesRequest<Job>;
  #count = 0;
  readonly #discarded: Performed<Job>[] = [];
  #cutOff: Performed<Job> | null = null;

  constructor(request: SeriesRequest<Job>) {
    this.#request = request;
  }

  /** Runs that were no evidence by chance, and that another one stands for. */
  get discarded(): readonly Performed<Job>[] {
    return this.#discarded;
  }

  /** The run that the user stopped half way; null: there is none. */
  get cutOff(): Performed<Job> | null {
    return this.#cutOff;
  }

  /**
   * An invalid run is made once more: what ails many of them will ail that one, too. Rejects with
   * the signal's name once the user stops the series.
   */
  async run(job: Job): Promise<Performed<Job>> {
    const first = await this.#performed(job);
    if (!this.#request.isInvalidByChance(first.result)) return first;
    this.#discarded.push(first);
    return this.#performed(job);
  }

  async #performed(job: Job): Promise<Performed<Job>> {
    const { interrupted, perform, onRan } = this.#request;
    interrupted.throwIfAborted();
    const count = ++this.#count;
    const folder = `${String(count).padStart(3, "0")}-${job.label}`;
    const result = await perform(job, folder);
    const ran = { ...job, result, folder };
    // What was stopped half way says nothing of how fast it is; what it left broken is told.
    if (interrupted.aborted) this.#cutOff = ran;
    interrupted.throwIfAborted();
    onRan(ran, count);
    return ran;
  }
}
