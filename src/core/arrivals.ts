/**
 * When the transactions of an open loop are due. Every engine, thread and report that asks gets the
 * same times: they come from the seed and the plan alone, by arithmetic that all JavaScript engines
 * do alike (sums, products, quotients and square roots are exact to the last bit in IEEE 754).
 */
import type { PlannedArrivals } from "./plan.ts";
import { namedStream, type Phase, type Random } from "./random.ts";

const million = 1_000_000;

/** The part of a plan that arrivals follow from. */
export interface ArrivalPlan {
  readonly seed: number;
  readonly rate: number | null;
  readonly arrivals: PlannedArrivals | null;
  readonly warmupMs: number;
  readonly durationMs: number | null;
  readonly transactionsPerSession: number | null;
  readonly sessions: number;
}

export interface Arrival {
  /** From 0. */
  readonly number: number;
  /** Milliseconds from the start of the phase, to the microsecond. */
  readonly dueMs: number;
}

/** The arrivals of one phase, in order. */
export class ArrivalSchedule {
  readonly #random: Random;
  readonly #gapMillionths: readonly number[];
  readonly #startPerSecond: number;
  /** Change of the rate a second. */
  readonly #slope: number;
  readonly #endMs: number;
  /** How many there are in all, once that is known. */
  #count: number;
  #drawn = 0;
  /** Sum of the gaps so far, in millionths of an arrival: a whole number. */
  #gaps = 0;
  #dueMs = 0;

  /** The warm-up keeps the rate that the measured time begins with. */
  constructor(plan: ArrivalPlan, phase: Phase) {
    const { arrivals, rate, seed, durationMs, transactionsPerSession, sessions } = plan;
    if (arrivals === null || rate === null) throw new Error("a closed loop has no arrivals");
    const isWarmup = phase === "warmup";
    this.#random = namedStream(seed, "arrivals", phase);
    this.#gapMillionths = arrivals.gapMillionths;
    this.#startPerSecond = rate;
    this.#slope =
      isWarmup || durationMs === null ? 0 : ((arrivals.rateAtEnd - rate) * 1000) / durationMs;
    this.#endMs = isWarmup ? plan.warmupMs : (durationMs ?? Number.POSITIVE_INFINITY);
    this.#count =
      isWarmup || transactionsPerSession === null
        ? Number.POSITIVE_INFINITY
        : transactionsPerSession * sessions;
  }

  /** The arrival of this number, or null if the phase ends before it. Numbers must not fall. */
  at(number: number): Arrival | null {
    if (number >= this.#count) return null;
    while (this.#drawn <= number) {
      this.#gaps += this.#random.pick(this.#gapMillionths);
      this.#drawn++;
      this.#dueMs = this.#timeOf(this.#gaps / million);
      if (this.#dueMs >= this.#endMs) {
        this.#count = this.#drawn - 1;
        return null;
      }
    }
    return { number, dueMs: this.#dueMs };
  }

  /** How many are due by then. Times must not fall. */
  dueBy(ms: number): number {
    while (this.#drawn === 0 || this.#dueMs <= ms) {
      if (this.at(this.#drawn) === null) return this.#count;
    }
    return this.#drawn - 1;
  }

  /**
   * When, in whole microseconds, so many arrivals are expected to have come: the inverse of the
   * integrated rate r·t + slope·t²/2, in the form that stands a slope of zero.
   */
  #timeOf(arrivals: number): number {
    const rate = this.#startPerSecond;
    const square = rate * rate + 2 * this.#slope * arrivals;
    if (square < 0) return Number.POSITIVE_INFINITY;
    return Math.floor((2 * arrivals * million) / (rate + Math.sqrt(square))) / 1000;
  }
}
