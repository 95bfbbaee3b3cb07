/**
 * How the load generator itself fared, and where it shaped what it measured. Pure: measurements in,
 * sentences out.
 */
import { counted } from "../core/counted.ts";
import type { ThreadHealth } from "../engine/thread-health.ts";
import { Histogram } from "../metrics/histogram.ts";
import { type LatencySummary, latencySummary } from "../metrics/latency.ts";

/** Of one thread that drives sessions. */
export interface ThreadShare {
  /** How many it may use: 1, or more where another process stands for a thread. */
  readonly cores: number;
  /** Of these cores: its user and system time; null where the system does not tell. */
  readonly cpuShare: number | null;
  /** Of the measured time, ready to run and without a core; null where the system does not tell. */
  readonly runQueueShare: number | null;
}

export interface GeneratorHealth {
  /** Of all threads that drive sessions. */
  readonly cpuUsPerTransaction: number | null;
  /** Of the busiest thread; null where the system does not tell. */
  readonly cpuShare: number | null;
  readonly runQueueShare: number | null;
  readonly threads: readonly ThreadShare[];
  /** By how much the event loops were late, probed all the time. */
  readonly eventLoopDelayUs: LatencySummary;
  /** Of it, what waiting for a core does not explain; null where the system does not tell. */
  readonly ownDelayUs: LatencySummary | null;
  /** By how much sessions that waited for nothing but the time to start were late. */
  readonly scheduleLagUs: LatencySummary;
  readonly garbageCollection: {
    readonly pauses: number;
    readonly totalUs: number;
    readonly maxUs: number | null;
  };
  /** Of the process that drives the sessions; null where the system does not tell. */
  readonly rssBytesMax: number | null;
  /** Why these measurements are the generator's own rather than the server's; sentences. */
  readonly doubts: readonly string[];
  /** There are such doubts. */
  readonly saturated: boolean;
}

export interface GeneratorSeen {
  readonly threads: readonly ThreadHealth[];
  readonly rssBytesMax: number | null;
  /** Transactions that were started. */
  readonly started: number;
  /** Of committed transactions. */
  readonly latency: Histogram;
  readonly scheduleLag: Histogram;
  /** Of it, what passed since the thread was woken. */
  readonly heardLag: Histogram;
  /** Another process drives the sessions, of whose threads nothing is known. */
  readonly isBeside: boolean;
  /** Latency runs from a planned start, so that the schedule's lag is part of it. */
  readonly isOpenLoop: boolean;
  /** Connections that were in use at a time, at most. */
  readonly atWorkMax: number;
  /** In the observer's largest sample; null: it has none. */
  readonly backends: number | null;
}

/** Above this share of its core an event loop queues, and latencies are the generator's own. */
const cpuShareMax = 0.8;

/** A process that has just started compiles what it runs: shorter than this, its share says nothing. */
const judgedMsMin = 1000;

export function generatorHealth(seen: GeneratorSeen): GeneratorHealth {
  const { threads, started } = seen;
  const shares = threads.map(shareOf);
  const cpuUs = sumOf(threads.map((thread) => thread.cpuUs));
  const gcPauses = merged(threads.map((thread) => thread.gcPauses));
  const own = ownDelayOf(threads);
  const doubts = [...cpuDoubts(threads), ...lagDoubts(seen, own), ...backendDoubts(seen)];
  const totalUs = Math.round((gcPauses.mean ?? 0) * gcPauses.count);
  return {
    cpuUsPerTransaction: started === 0 || cpuUs === null ? null : Math.round(cpuUs / started),
    cpuShare: maxOf(shares.map((share) => share.cpuShare)),
    runQueueShare: maxOf(shares.map((share) => share.runQueueShare)),
    threads: shares,
    eventLoopDelayUs: latencySummary(loopDelayOf(threads)),
    ownDelayUs: own === null ? null : latencySummary(own),
    scheduleLagUs: latencySummary(seen.scheduleLag),
    garbageCollection: { pauses: gcPauses.count, totalUs, maxUs: gcPauses.max },
    rssBytesMax: seen.rssBytesMax,
    doubts,
    saturated: doubts.length > 0,
  };
}

function shareOf({ cpuUs, cores, runQueueUs, lengthMs }: ThreadHealth): ThreadShare {
  const share = (us: number) => (lengthMs > 0 ? Math.round(us / lengthMs) / 1000 : 0);
  return {
    cores,
    cpuShare: cpuUs === null ? null : share(cpuUs / cores),
    runQueueShare: runQueueUs === null ? null : share(runQueueUs),
  };
}

function cpuDoubts(threads: readonly ThreadHealth[]): string[] {
  const busy = threads.filter(
    (thread) => thread.lengthMs >= judgedMsMin && (shareOf(thread).cpuShare ?? 0) > cpuShareMax,
  );
  return busy.slice(0, 1).map((thread) => {
    const percent = Math.round((shareOf(thread).cpuShare ?? 0) * 100);
    const whose = coresText(thread, threads.length);
    const more = thread.cores > 1 ? "--think" : "--think or --workers";
    return `it used ${percent} % of ${whose}, so these latencies are its own; lower --sessions or --rate, or raise ${more}`;
  });
}

function coresText({ cores }: ThreadHealth, threads: number): string {
  if (cores > 1) return `the ${cores} cores that it may use`;
  return threads === 1 ? "its one core" : "the core of one of its threads";
}

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

/** The first percentile at which the generator's own lateness is too much of the latency. */
function lagDoubts(seen: GeneratorSeen, own: Histogram | null): string[] {
  if (seen.isBeside) {
    // In a closed loop what a server beside it takes of the cores would count against the generator.
    if (!seen.isOpenLoop) return [];
    const what = "its sessions woke up late by";
    const advice = "lower --sessions or --rate, or leave k6 more of the machine";
    return [...wakingDoubts(seen.scheduleLag, seen.latency, { what, advice })];
  }
  // Without knowing how long it waited for a core, nobody knows whose the lateness is.
  if (own === null) return [];
  const loop = loopDelayOf(seen.threads);
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

/**
 * The case that a driver's own ten sockets made of a hundred sessions: fewer backends were there
 * than sessions were at work at a time.
 */
function backendDoubts({ atWorkMax, backends }: GeneratorSeen): string[] {
  if (backends === null || backends >= atWorkMax) return [];
  return [
    `only ${counted(backends, "backend")} worked for it, though ${atWorkMax} of its connections were in use at a time: a pooler, a proxy or the driver between them holds the others back; connect directly, or declare it with --pool-max`,
  ];
}

function loopDelayOf(threads: readonly ThreadHealth[]): Histogram {
  return merged(threads.map((thread) => thread.loopLag));
}

function ownDelayOf(threads: readonly ThreadHealth[]): Histogram | null {
  const own = threads.map((thread) => thread.ownLag);
  return own.every((histogram) => histogram !== null) ? merged(own) : null;
}

function merged(histograms: readonly Histogram[]): Histogram {
  const sum = new Histogram();
  for (const histogram of histograms) sum.add(histogram);
  return sum;
}

/** Null where one of them is not known. */
function sumOf(values: readonly (number | null)[]): number | null {
  return values.reduce((sum, value) => (sum === null || value === null ? null : sum + value), 0);
}

function maxOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}
