/**
 * What the sessions of k6 report: how many, while they go on; and, once they have ended, what was
 * measured, as exactly as on Node.
 */
import type { Phase } from "../../core/random.ts";
import { Histogram } from "../../metrics/histogram.ts";
import { latencySummary } from "../../metrics/latency.ts";
import type { Slot } from "../../metrics/slots.ts";
import { Tally } from "../../metrics/tally.ts";
import { type IntervalSample, type Segment, Timeline } from "../../metrics/timeline.ts";
import type { PartListener, Recording, Tick } from "../recording.ts";
import type { Conductor } from "./conductor.ts";
import type { SlotJson } from "./lines.ts";
import { partsOf } from "./parts.ts";
import { addProgress, noProgress, type Progress } from "./progress.ts";
import type { SessionLines } from "./session-lines.ts";

const secondMs = 1000;

export class K6Recording implements Recording {
  readonly #conductor: Conductor;
  readonly #slotMs: number;
  readonly #listener: PartListener;
  readonly #told: Record<Phase, { progress: Progress; atMs: number }> = {
    warmup: { progress: noProgress(), atMs: 0 },
    measured: { progress: noProgress(), atMs: 0 },
  };
  #lines: SessionLines | null = null;
  #lengthMs = 0;
  #warmup: Timeline | null = null;
  #measured: Timeline | null = null;
  #seconds: readonly IntervalSample[] = [];

  constructor(conductor: Conductor, slotMs: number, listener: PartListener) {
    this.#conductor = conductor;
    this.#slotMs = slotMs;
    this.#listener = listener;
  }

  get warmup(): Timeline {
    return known(this.#warmup);
  }

  get measured(): Timeline {
    return known(this.#measured);
  }

  get seconds(): readonly IntervalSample[] {
    return this.#seconds;
  }

  /** All sessions have told. What is cut from now on ends what they told last. */
  finished(lines: SessionLines, lengthMs: number): void {
    this.#lengthMs = lengthMs;
    this.#lines = lines;
  }

  cut(atMs: number): Promise<void> {
    if (this.#lines === null) this.#conductor.cut(atMs);
    else this.#putTogether(this.#lines, atMs);
    return Promise.resolve();
  }

  end(atMs: number): Promise<void> {
    return this.cut(atMs);
  }

  /** Sessions keep slots by themselves. */
  endSlot(): Promise<void> {
    return Promise.resolve();
  }

  /** What sessions have told since the last tick: each does so once a second. Latencies come at the end. */
  tick(phase: Phase, atMs: number): Promise<Tick> {
    const progress = this.#conductor.progress(phase);
    const before = this.#told[phase];
    this.#told[phase] = { progress, atMs };
    const since = (name: keyof Progress) => progress[name] - before.progress[name];
    const interval: IntervalSample = {
      startMs: before.atMs,
      endMs: atMs,
      offered: since("started"),
      achieved: since("committed") + since("aborted") + since("unknown"),
      committed: since("committed"),
      aborted: since("aborted"),
      unknown: since("unknown"),
      retries: since("retries"),
      errors: since("errors"),
      latencyUs: latencySummary(new Histogram()),
    };
    // What they told a second ago is not how many arrivals of an open loop wait now.
    return Promise.resolve({ interval, started: null });
  }

  #putTogether(lines: SessionLines, endMs: number): void {
    const slotMs = this.#slotMs;
    const { segments, ...all } = putTogether(lines, {
      cuts: this.#conductor.cuts,
      lengthMs: this.#lengthMs,
      endMs,
      slotMs,
    });
    for (const segment of segments) this.#listener.onInterval(segment);
    for (const part of all.parts()) this.#listener.onPart(part);
    this.#measured = all.measured;
    this.#warmup = all.warmup;
    this.#seconds = all.seconds;
  }
}

export interface PutTogether extends Pick<Recording, "warmup" | "measured" | "seconds"> {
  /** Of the measured time, and what ended after it. */
  readonly segments: readonly Segment[];
  /** The measured time by seconds, as far as slots tell. */
  readonly parts: () => Iterable<Segment>;
}

/** `cuts`: the edges that sessions knew; `lengthMs`: of the measured time; `endMs`: when all was over. */
export function putTogether(
  lines: SessionLines,
  {
    cuts,
    lengthMs,
    endMs,
    slotMs,
  }: {
    readonly cuts: readonly number[];
    readonly lengthMs: number;
    readonly endMs: number;
    readonly slotMs: number;
  },
): PutTogether {
  const edges = [0, ...cuts, Math.max(endMs, cuts.at(-1) ?? 0)];
  const segments = edges.slice(1).map((edgeMs, index) => ({
    startMs: edges[index] as number,
    endMs: edgeMs,
    tally: lines.parts[index] ?? new Tally(),
  }));
  const { slots } = lines;
  return {
    segments,
    measured: Timeline.of(segments, slotsOf(slots, { slotMs, edges })),
    warmup: Timeline.of([{ startMs: 0, endMs: 0, tally: lines.warmup }], []),
    parts: () => partsOf(slots, { slotMs, edges, lengthMs }),
    seconds: secondsOf(slots, slotMs, Math.floor(lengthMs / secondMs)),
  };
}

function known(timeline: Timeline | null): Timeline {
  if (timeline === null) throw new Error("the sessions have not told yet");
  return timeline;
}

/** Of all sessions, in order, those without a transaction included. */
function slotsOf(
  told: readonly SlotJson[],
  { slotMs, edges }: { readonly slotMs: number; readonly edges: readonly number[] },
): readonly Slot[] {
  const committed = new Map<string, Histogram>();
  for (const { slot, cuts, latencies } of told) {
    const key = `${slot}/${cuts}`;
    const histogram = committed.get(key) ?? new Histogram();
    committed.set(key, histogram);
    for (const [us, count] of latencies) histogram.recordTimes(us, count);
  }
  const slots: Slot[] = [];
  for (let cuts = 0; cuts + 1 < edges.length; cuts++) {
    const [fromMs, toMs] = [edges[cuts] as number, edges[cuts + 1] as number];
    for (let slot = Math.floor(fromMs / slotMs); slot * slotMs < toMs; slot++) {
      const startMs = Math.max(fromMs, slot * slotMs);
      const endMs = Math.min(toMs, (slot + 1) * slotMs);
      const histogram = committed.get(`${slot}/${cuts}`) ?? new Histogram();
      if (endMs > startMs) slots.push({ startMs, endMs, committed: histogram.toEntries() });
    }
  }
  return slots;
}

/** The full seconds of the measured time. */
function secondsOf(
  told: readonly SlotJson[],
  slotMs: number,
  count: number,
): readonly IntervalSample[] {
  const seconds = Array.from({ length: count }, () => ({
    ...noProgress(),
    latency: new Histogram(),
  }));
  for (const { slot, latencies, ...figures } of told) {
    const second = seconds[Math.floor((slot * slotMs) / secondMs)];
    if (second === undefined) continue;
    addProgress(second, figures);
    for (const [us, times] of latencies) second.latency.recordTimes(us, times);
  }
  return seconds.map(({ latency, started, ...figures }, index) => ({
    ...figures,
    startMs: index * secondMs,
    endMs: (index + 1) * secondMs,
    offered: started,
    achieved: figures.committed + figures.aborted + figures.unknown,
    latencyUs: latencySummary(latency),
  }));
}
