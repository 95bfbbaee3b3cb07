/**
 * Puts together, on the run's clock, what the recorders of all threads took down: each part is
 * folded into the totals and into the current segment. Windows are unions of segments, so they need
 * no sorting of single measurements. It has no clock: all times are milliseconds since the start of
 * the measured time.
 */
import { type LatencySummary, latencySummary } from "./latency.ts";
import { type Slot, Slots } from "./slots.ts";
import { Tally } from "./tally.ts";
import { countOf, errorsOf, finishedOf } from "./operation-tally.ts";

/** What one tick saw, for the live line and samples.ndjson. */
export interface IntervalSample {
  readonly startMs: number;
  readonly endMs: number;
  /** Transactions started, and finished in any way. */
  readonly offered: number;
  readonly achieved: number;
  readonly committed: number;
  readonly aborted: number;
  readonly unknown: number;
  readonly retries: number;
  /** Failed attempts, retried or not. */
  readonly errors: number;
  /** Of committed work, over all operations. */
  readonly latencyUs: LatencySummary;
}

/** A stretch without a cut inside. */
export interface Segment {
  readonly startMs: number;
  readonly endMs: number;
  readonly tally: Tally;
}

/** The last second of a run ends when its sessions are told to, a little before or after it is full. */
export const fullSecondMsMin = 950;

export class Timeline {
  /** As of the last tick or cut. */
  readonly totals = new Tally();
  /** Kept from the first cut on. */
  readonly slots = new Slots();
  readonly #onInterval: (interval: Segment) => void;
  readonly #segments: Segment[] = [];
  readonly #sinceTick = new Tally();
  /** What slots took that no tick and no cut has had yet. */
  readonly #sinceFold = new Tally();
  #isFolded = true;
  #segment = new Tally();
  #foldedMs = 0;
  #tickStartMs = 0;
  #segmentStartMs = 0;

  /** `onInterval` is handed every part, for latency.hlog; the tally is only its own until it returns. */
  constructor(onInterval: (interval: Segment) => void) {
    this.#onInterval = onInterval;
  }

  /**
   * One that was put together elsewhere, of segments in order and without a gap from 0 on, and of
   * slots around the edges of windows. A segment without a length counts in the totals alone.
   */
  static of(segments: readonly Segment[], slots: readonly Slot[]): Timeline {
    const timeline = new Timeline(() => undefined);
    for (const segment of segments) {
      timeline.totals.add(segment.tally);
      if (segment.endMs <= segment.startMs) continue;
      timeline.#segments.push(segment);
      timeline.#segmentStartMs = segment.endMs;
    }
    timeline.slots.put(slots);
    return timeline;
  }

  /** Adds what was measured since the last tick or cut, and says what happened since the last tick. */
  tick(atMs: number, taken: readonly Tally[]): IntervalSample {
    this.#fold(atMs, taken);
    const sample = sampleOf(this.#sinceTick, this.#tickStartMs, atMs);
    this.#sinceTick.reset();
    this.#tickStartMs = atMs;
    return sample;
  }

  /**
   * Adds likewise, and ends a segment: at each edge of a window and at the end of the measured time.
   * Before 0 no segment has begun: a fault that is there from before the warm-up cuts there.
   */
  cut(atMs: number, taken: readonly Tally[]): void {
    this.#fold(atMs, taken);
    this.slots.edge(atMs);
    if (atMs <= this.#segmentStartMs) return;
    this.#segments.push({ startMs: this.#segmentStartMs, endMs: atMs, tally: this.#segment });
    this.#segment = new Tally();
    this.#segmentStartMs = atMs;
  }

  /**
   * Ends a slot. What was measured since the last one is told with the next tick or cut: to write down
   * an interval for each slot would take longer than all the rest.
   */
  slot(atMs: number, taken: readonly Tally[]): void {
    const tally = togetherOf(taken);
    this.#sinceFold.add(tally);
    this.#isFolded = false;
    this.slots.add(tally);
    this.slots.end(atMs);
  }

  /** When the last segment ended. */
  get endMs(): number {
    return this.#segmentStartMs;
  }

  /** What was measured between two cuts (or from 0). Throws if it was not cut there. */
  window(startMs: number, endMs: number): Tally {
    // A run that is stopped in its warm-up has a measured time of no length.
    if (startMs === endMs) return new Tally();
    const inside = this.#segments.filter(
      (segment) => segment.startMs >= startMs && segment.endMs <= endMs,
    );
    if (inside[0]?.startMs !== startMs || inside.at(-1)?.endMs !== endMs) {
      throw new RangeError(`the run was not cut at ${startMs} ms and ${endMs} ms`);
    }
    const tally = new Tally();
    for (const segment of inside) tally.add(segment.tally);
    return tally;
  }

  #fold(atMs: number, taken: readonly Tally[]): void {
    // A tick is given the second that it is for, and may come after a cut just behind that second.
    const startMs = this.#foldedMs;
    const endMs = Math.max(atMs, startMs);
    const fresh = togetherOf(taken);
    this.slots.add(fresh);
    const tally = this.#withSlots(fresh);
    this.#onInterval({ startMs, endMs, tally });
    this.totals.add(tally);
    this.#segment.add(tally);
    this.#sinceTick.add(tally);
    this.#foldedMs = endMs;
    if (!this.#isFolded) this.#sinceFold.reset();
    this.#isFolded = true;
  }

  /** Together with what slots took before it; where they took nothing, nothing is copied. */
  #withSlots(fresh: Tally): Tally {
    if (this.#isFolded) return fresh;
    this.#sinceFold.add(fresh);
    return this.#sinceFold;
  }
}

function togetherOf(taken: readonly Tally[]): Tally {
  const [only, ...others] = taken;
  // The usual case, one thread, copies nothing.
  if (only !== undefined && others.length === 0) return only;
  const together = new Tally();
  for (const tally of taken) together.add(tally);
  return together;
}

function sampleOf(tally: Tally, startMs: number, endMs: number): IntervalSample {
  return {
    startMs,
    endMs,
    offered: tally.started,
    achieved: tally.sum(finishedOf),
    committed: tally.sum(countOf("committed")),
    aborted: tally.sum(countOf("aborted")),
    unknown: tally.sum(countOf("unknown")),
    retries: tally.sum((operation) => operation.retries),
    errors: tally.sum(errorsOf(null)),
    latencyUs: latencySummary(tally.merged((operation) => operation.latency.committed)),
  };
}
