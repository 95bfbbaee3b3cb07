/**
 * When the effect of a fault was seen, and when throughput and latency were back, by the slots around
 * it and by how it was before. Pure. Reasons and limits: docs/decisions/0018-recovery-is-gated.md.
 */
import { Histogram, samplesToSupport } from "./histogram.ts";
import type { Slot } from "./slots.ts";

/** Of the baseline's: throughput must be back to this share, and the tail latency to this multiple. */
export const throughputShareMin = 0.9;
export const tailRatioMax = 1.5;

/** Both must hold in a stretch of this length: a single good moment is no recovery. */
export const steadyMs = 3_000;

/**
 * Chance alone is not to pass for an effect in one of dozens of short stretches: so many standard
 * deviations, of a count of independent events.
 */
const deviationsMin = 4;

/** As many as a percentile needs above it. */
const slowerMin = 10;

const percentiles = { p99: 0.99, p95: 0.95, p90: 0.9, p50: 0.5 } as const;

/** The percentile that tells the tail: the highest that three seconds can support. */
export type Tail = keyof typeof percentiles;

/** How it was before all faults. */
export interface Reference {
  readonly perSecond: number;
  /** Null: so little is committed that no percentile of three seconds means anything. */
  readonly tail: { readonly name: Tail; readonly us: number } | null;
}

/** From an injection to when its effect is first seen. */
export type Felt =
  | { readonly state: "felt"; readonly afterMs: number }
  | { readonly state: "never" }
  /** There is nothing to compare with. */
  | { readonly state: "unknown" };

/**
 * - `no-baseline`: nothing was measured before the faults;
 * - `ramp`: the offered rate changes by itself, so that no two stretches can be compared;
 * - `too-few`: no percentile of three seconds can be told;
 * - `too-short`: less than three seconds were left.
 */
export type RecoveryUnknown = "no-baseline" | "ramp" | "too-few" | "too-short";

/** Counted from the release. */
export type Recovered =
  | { readonly state: "recovered"; readonly afterMs: number }
  /** So long it was looked at. */
  | { readonly state: "not-recovered"; readonly withinMs: number }
  | { readonly state: "unknown"; readonly why: RecoveryUnknown };

/** Null: nothing was committed. */
export function referenceOf(committed: Histogram, lengthMs: number): Reference | null {
  if (committed.count === 0 || lengthMs <= 0) return null;
  const perSecond = (committed.count * 1000) / lengthMs;
  // What just passes for recovered must support it as well.
  const count = Math.min(committed.count, (perSecond * throughputShareMin * steadyMs) / 1000);
  const names = Object.keys(percentiles) as Tail[];
  const name = names.find((one) => samplesToSupport(percentiles[one]) <= count);
  const us = name === undefined ? null : tailOf(committed, name);
  return { perSecond, tail: name === undefined || us === null ? null : { name, us } };
}

/** In microseconds; null where there are too few to say. */
export function tailOf(latency: Histogram, tail: Tail): number | null {
  return latency.supported(percentiles[tail]);
}

/** `slots`: from the injection on. Seen is what chance does not explain, in up to three seconds before. */
export function feltAfter(slots: readonly Slot[], reference: Reference | null): Felt {
  const [first] = slots;
  if (reference === null || first === undefined) return { state: "unknown" };
  for (const [last, { endMs }] of slots.entries()) {
    const begin = slots.findIndex(
      ({ startMs }, index) => index === last || startMs >= endMs - steadyMs,
    );
    const stretch = stretchOf(slots.slice(begin, last + 1));
    if (stretch !== null && isFelt(stretch, reference)) {
      return { state: "felt", afterMs: Math.round(endMs - first.startMs) };
    }
  }
  return { state: "never" };
}

/** A run that is back by then was back when the undo was done, which takes its time. */
export const atOnceMsMax = 100;

/** `slots`: from the release on, as long as it was looked at. */
export function recoveredAfter(
  slots: readonly Slot[],
  { releasedMs, undoneMs }: { readonly releasedMs: number; readonly undoneMs: number },
  reference: Reference | null,
): Recovered {
  if (reference === null) return { state: "unknown", why: "no-baseline" };
  if (reference.tail === null) return { state: "unknown", why: "too-few" };
  const seenMs = slots.at(-1)?.endMs ?? releasedMs;
  for (const [first, slot] of slots.entries()) {
    const { startMs } = slot;
    if (isOutage(slot, reference)) continue;
    const after = slots.findIndex(({ endMs }) => endMs >= startMs + steadyMs);
    const stretch = after < 0 ? null : stretchOf(slots.slice(first, after + 1));
    if (stretch !== null && isBack(stretch, reference)) {
      return { state: "recovered", afterMs: Math.round(startMs - releasedMs) };
    }
  }
  // Before its undo was done it could not be back.
  if (seenMs - undoneMs < steadyMs) return { state: "unknown", why: "too-short" };
  return { state: "not-recovered", withinMs: Math.round(seenMs - releasedMs) };
}

/** A stretch that is good as a whole may begin in the outage: what it counts from must be work already. */
const workShareMin = 0.5;

function isOutage({ startMs, endMs, committed }: Slot, { perSecond }: Reference): boolean {
  const slot = new Histogram();
  slot.addEntries(committed);
  return slot.count < (workShareMin * perSecond * (endMs - startMs)) / 1000;
}

interface Stretch {
  readonly lengthMs: number;
  readonly committed: Histogram;
}

/** Null: they do not follow one another. */
function stretchOf(slots: readonly Slot[]): Stretch | null {
  const [first] = slots;
  const last = slots.at(-1);
  if (first === undefined || last === undefined) return null;
  const committed = new Histogram();
  for (const [index, slot] of slots.entries()) {
    if (index > 0 && slots[index - 1]?.endMs !== slot.startMs) return null;
    committed.addEntries(slot.committed);
  }
  return { lengthMs: last.endMs - first.startMs, committed };
}

function isBack({ lengthMs, committed }: Stretch, { perSecond, tail }: Reference): boolean {
  if (committed.count < (throughputShareMin * perSecond * lengthMs) / 1000) return false;
  const us = tail === null ? null : tailOf(committed, tail.name);
  return tail !== null && us !== null && us <= tailRatioMax * tail.us;
}

function isFelt({ lengthMs, committed }: Stretch, { perSecond, tail }: Reference): boolean {
  const expected = (perSecond * lengthMs) / 1000;
  const missing = expected - committed.count;
  const isLess =
    committed.count < throughputShareMin * expected &&
    missing > deviationsMin * Math.sqrt(expected);
  if (isLess || tail === null) return isLess;
  const slower = committed.countAbove(tailRatioMax * tail.us);
  const allowed = (1 - percentiles[tail.name]) * committed.count;
  return slower >= slowerMin && slower > allowed + deviationsMin * Math.sqrt(allowed);
}
