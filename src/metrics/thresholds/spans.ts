/**
 * Every stretch of a length that a threshold asks for (`any 10s`), sliding by one second over the
 * measured time: each is put together exactly from its seconds. While the run goes on, the seconds
 * of the last such stretch are kept, and of the earlier ones only what each came to.
 */
import { Histogram, type HistogramEntries } from "../histogram.ts";
import {
  type Portion,
  portionOf,
  type MeasuredMetric,
  type Reading,
  readingOf,
  together,
} from "./portion.ts";
import type { Tally } from "../tally.ts";
import { kindOf } from "./threshold-metric.ts";
import type { Threshold } from "./threshold-text.ts";
import { fullSecondMsMin, type Segment } from "../timeline.ts";

/** One of them, on the run's clock. */
export interface Span {
  readonly startMs: number;
  readonly endMs: number;
  readonly reading: Reading;
}

export class Spans {
  readonly #sliding: readonly Sliding[];

  /** Those of the thresholds that ask for any stretch of a length. */
  constructor(thresholds: readonly Threshold[]) {
    this.#sliding = thresholds.flatMap((threshold) => {
      const { anySeconds } = threshold.condition;
      return anySeconds === null ? [] : [new Sliding(threshold, anySeconds * secondMs)];
    });
  }

  /** The parts of the measured time, in order and without a gap, each at most a second long or so. */
  part(part: Segment): void {
    for (const one of this.#sliding) one.part(part);
  }

  /**
   * By the threshold as it is written, all its spans in order. `late`: what ended after the measured
   * time or never did. The last span has it, and what is left of the last second: its slowest must not
   * be missing.
   */
  ended(late: Tally): ReadonlyMap<string, readonly Span[]> {
    return new Map(this.#sliding.map((one) => [spanKey(one.threshold), one.ended(late)]));
  }
}

export function spanKey({ planned }: Threshold): string {
  return `${planned.metric}: ${planned.expression}`;
}

const secondMs = 1000;

/** A timer is late by so much at most where a second counts as full. */
const lateMsMax = secondMs - fullSecondMsMin;

interface Second extends Omit<Portion, "times"> {
  readonly startMs: number;
  readonly endMs: number;
  readonly times: HistogramEntries;
}

class Sliding {
  readonly threshold: Threshold;
  readonly #metric: MeasuredMetric;
  readonly #lengthMs: number;
  readonly #spans: Span[] = [];
  /** Of the last span, or of what there is of the first one. */
  #seconds: Second[] = [];
  #current: Portion[] = [];
  #startMs = 0;
  #endMs = 0;

  constructor(threshold: Threshold, lengthMs: number) {
    this.threshold = threshold;
    this.#metric = measured(threshold);
    this.#lengthMs = lengthMs;
  }

  part({ endMs, tally }: Segment): void {
    this.#current.push(portionOf(tally, this.#metric));
    this.#endMs = endMs;
    // A second that an edge of a window cut off late is over, too.
    if (endMs >= (Math.floor(this.#startMs / secondMs) + 1) * secondMs) this.#endSecond();
  }

  ended(late: Tally): readonly Span[] {
    if (this.#endMs - this.#startMs >= fullSecondMsMin) this.#endSecond();
    if (this.#spans.pop() === undefined) return [];
    this.#spans.push(this.#span(this.#current, portionOf(late, this.#metric)));
    return this.#spans;
  }

  #endSecond(): void {
    const { times, ...counts } = together(this.#current);
    const edges = { startMs: this.#startMs, endMs: this.#endMs };
    this.#seconds.push({ ...edges, ...counts, times: times.toEntries() });
    this.#current = [];
    this.#startMs = this.#endMs;
    const first = this.#seconds.findLastIndex(({ startMs }) => this.#reaches(startMs));
    if (first < 0) return;
    this.#seconds = this.#seconds.slice(first);
    this.#spans.push(this.#span([], none));
  }

  #reaches(startMs: number): boolean {
    return this.#endMs - startMs >= this.#lengthMs - lateMsMax;
  }

  #span(rest: readonly Portion[], late: Portion): Span {
    const [startMs, endMs] = [this.#seconds[0]?.startMs ?? 0, this.#endMs];
    const inTime = together([...this.#seconds.map(unpacked), ...rest]);
    const weighed = {
      portion: together([inTime, late]),
      inTimeCount: inTime.count,
      lengthMs: endMs - startMs,
    };
    const { condition } = this.threshold;
    const { name, operation } = this.#metric;
    const reading = readingOf(weighed, condition, name);
    // That a stretch of a run committed nothing is a figure, and the worst that there is.
    const isZero = reading.kind === "nothing" && name === "committed" && operation === null;
    return { startMs, endMs, reading: isZero ? { kind: "value", value: 0 } : reading };
  }
}

const none: Portion = { times: new Histogram(), count: 0, finished: 0 };

function unpacked({ times: entries, count, finished }: Second): Portion {
  const times = new Histogram();
  times.addEntries(entries);
  return { times, count, finished };
}

function measured({ metric }: Threshold): MeasuredMetric {
  const kind = kindOf[metric.name];
  if (kind === "time" || kind === "count") return metric as MeasuredMetric;
  throw new TypeError(`${metric.name} has no spans`);
}
