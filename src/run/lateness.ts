/**
 * Whether a generator was late enough to have shaped the latencies that it measured. Pure: histograms
 * in, sentences out.
 */
import type { Histogram } from "../metrics/histogram.ts";

/** The percentiles that latencies are told by. */
const judgedPercentiles = [0.5, 0.9, 0.95, 0.99, 0.999] as const;

/** More than this share of a latency is not to be the generator's own. */
const lagShareMax = 0.2;

/** Below this nothing is judged: a core that sleeps wakes up as late as that, whoever runs on it. */
const judgedLagUsMin = 500;

/** Judging takes fewer measurements above a percentile than telling it: of probes there are 20 a second. */
const samplesAboveMin = 3;

/** Null where there are too few to judge by. */
function judgedAt(lag: Histogram, p: number): number | null {
  return lag.count * (1 - p) < samplesAboveMin ? null : lag.percentile(p);
}

interface ToldLag {
  readonly delayUs: number;
  readonly latencyUs: number;
  readonly percentile: string;
}

/** What is known of how late a generator was; in microseconds. */
export interface LatenessSeen {
  /** Of committed transactions. */
  readonly latency: Histogram;
  /** By how much sessions that waited for nothing but the time to start were late. */
  readonly scheduleLag: Histogram;
  /** Of it, what passed since the thread was woken. */
  readonly heardLag: Histogram;
  /** Of the event loops. */
  readonly loop: Histogram;
  /** Of it, what waiting for a core does not explain; null: the system does not tell. */
  readonly own: Histogram | null;
  /** Another process drives the sessions, of whose threads nothing is known. */
  readonly isBeside: boolean;
  /** Latency runs from a planned start, so that the schedule's lag is part of it. */
  readonly isOpenLoop: boolean;
}

/** The first percentile at which the generator's own lateness is too much of the latency, as a sentence. */
export function latenessDoubts(seen: LatenessSeen): readonly string[] {
  const { loop, own } = seen;
  if (seen.isBeside) {
    // In a closed loop what a server beside it takes of the cores would count against the generator.
    if (!seen.isOpenLoop) return [];
    const what = "its sessions woke up late by";
    const advice = "lower --sessions or --rate, or leave k6 more of the machine";
    return wakingDoubts(seen.scheduleLag, seen.latency, { what, advice });
  }
  // Without knowing how long it waited for a core, nobody knows whose the lateness is.
  if (own === null) return [];
  for (const p of judgedPercentiles) {
    const latencyUs = seen.latency.supported(p);
    if (latencyUs === null) continue;
    const limitUs = limitUsFor(latencyUs);
    const percentile = percentileText(p);
    const ownUs = judgedAt(own, p) ?? 0;
    if (ownUs > limitUs) {
      const told = { delayUs: ownUs, latencyUs, percentile };
      return [lagSentence("its event loop was late by", told)];
    }
    // What waiting for a core explains of the loop's lateness, it explains of the schedule's.
    const explainedUs = (judgedAt(loop, p) ?? 0) - ownUs;
    const scheduleUs = seen.isOpenLoop ? (judgedAt(seen.heardLag, p) ?? 0) - explainedUs : 0;
    if (scheduleUs > limitUs) {
      const told = { delayUs: scheduleUs, latencyUs, percentile };
      return [lagSentence("it started transactions late by", told)];
    }
  }
  return [];
}

/** k6 wakes its sessions up to a millisecond or two late; of what is less than this, nothing is known. */
const wakingLagUsMin = 5_000;

/**
 * Of a process beside, or of runners elsewhere, nobody knows how long they waited for a core: all that
 * is known is how late their sessions woke up, from thinking or for an arrival. Who is late then is
 * late for answers, too.
 */
export function wakingDoubts(
  lag: Histogram,
  latency: Histogram,
  { what, advice }: { readonly what: string; readonly advice: string },
): readonly string[] {
  for (const p of judgedPercentiles) {
    const latencyUs = latency.supported(p);
    const lagUs = judgedAt(lag, p) ?? 0;
    if (latencyUs === null || lagUs <= Math.max(wakingLagUsMin, lagShareMax * latencyUs)) continue;
    const told = { delayUs: lagUs, latencyUs, percentile: percentileText(p) };
    return [`${lagText(what, told)}; ${advice}`];
  }
  return [];
}

function limitUsFor(latencyUs: number): number {
  return Math.max(judgedLagUsMin, lagShareMax * latencyUs);
}

function percentileText(p: number): string {
  return `p${Number((p * 100).toPrecision(4))}`;
}

function lagSentence(what: string, told: ToldLag): string {
  return `${lagText(what, told)}, and waiting for a core does not explain it; lower --sessions or --rate, or raise --workers`;
}

function lagText(what: string, { delayUs, latencyUs, percentile }: ToldLag): string {
  const ms = (us: number) => `${Number((us / 1000).toPrecision(3))} ms`;
  const percent = `${lagShareMax * 100} %`;
  return `${what} ${ms(delayUs)} at ${percentile}, more than ${percent} of the latency of ${ms(latencyUs)}`;
}
