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
  /** Of one core: its user and system time. */
  readonly cpuShare: number;
  /** Of the measured time, ready to run and without a core; null where the system does not tell. */
  readonly runQueueShare: number | null;
}

export interface GeneratorHealth {
  /** Of all threads that drive sessions. */
  readonly cpuUsPerTransaction: number | null;
  /** Of the busiest thread. */
  readonly cpuShare: number;
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
  readonly rssBytesMax: number;
  /** Why these measurements are the generator's own rather than the server's; sentences. */
  readonly doubts: readonly string[];
  /** There are such doubts. */
  readonly saturated: boolean;
}

export interface GeneratorSeen {
  readonly threads: readonly ThreadHealth[];
  readonly rssBytesMax: number;
  /** Transactions that were started. */
  readonly started: number;
  /** Of committed transactions. */
  readonly latency: Histogram;
  readonly scheduleLag: Histogram;
  /** Of it, what passed since the thread was woken. */
  readonly heardLag: Histogram;
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
  const cpuUs = threads.reduce((sum, thread) => sum + thread.cpuUs, 0);
  const gcPauses = merged(threads.map((thread) => thread.gcPauses));
  const own = ownDelayOf(threads);
  const doubts = [...cpuDoubts(threads), ...lagDoubts(seen, own), ...backendDoubts(seen)];
  const totalUs = Math.round((gcPauses.mean ?? 0) * gcPauses.count);
  return {
    cpuUsPerTransaction: started === 0 ? null : Math.round(cpuUs / started),
    cpuShare: Math.max(0, ...shares.map((share) => share.cpuShare)),
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
    cpuShare: share(cpuUs / cores),
    runQueueShare: runQueueUs === null ? null : share(runQueueUs),
  };
}

function cpuDoubts(threads: readonly ThreadHealth[]): string[] {
  const busy = threads.filter(
    (thread) => thread.lengthMs >= judgedMsMin && shareOf(thread).cpuShare > cpuShareMax,
  );
  return busy.slice(0, 1).map((thread) => {
    const percent = Math.round(shareOf(thread).cpuShare * 100);
    const whose = coresText(thread, threads.length);
    return `it used ${percent} % of ${whose}, so these latencies are its own; lower --sessions or --rate, or raise --think or --workers`;
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

/** The first percentile at which the generator's own lateness is too much of the latency. */
function lagDoubts(seen: GeneratorSeen, own: Histogram | null): string[] {
  // Without knowing how long it waited for a core, nobody knows whose the lateness is.
  if (own === null) return [];
  const loop = loopDelayOf(seen.threads);
  for (const p of judgedPercentiles) {
    const latencyUs = seen.latency.supported(p);
    if (latencyUs === null) continue;
    const limitUs = Math.max(judgedLagUsMin, lagShareMax * latencyUs);
    const percentile = `p${Number((p * 100).toPrecision(4))}`;
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

/** k6 wakes its sessions up to a millisecond or two; what is less than this, nothing is known of. */
const runnerLagUsMin = 5_000;

/**
 * Of runners that nobody looked at, all that is known: how late their sessions woke up from thinking.
 * A runner that is late then is late for answers, too.
 */
export function runnerDoubts(lag: Histogram, latency: Histogram): readonly string[] {
  for (const p of judgedPercentiles) {
    const latencyUs = latency.supported(p);
    const lagUs = judgedAt(lag, p) ?? 0;
    if (latencyUs === null || lagUs <= Math.max(runnerLagUsMin, lagShareMax * latencyUs)) continue;
    const percentile = `p${Number((p * 100).toPrecision(4))}`;
    return [
      `on the runners sessions woke up from thinking late by ${msText(lagUs)} at ${percentile}, more than ${lagShareMax * 100} % of the latency of ${msText(latencyUs)}: raise --parallelism, or give runners more of a core`,
    ];
  }
  return [];
}

function msText(us: number): string {
  return `${Number((us / 1000).toPrecision(3))} ms`;
}

function lagSentence(
  what: string,
  {
    delayUs,
    latencyUs,
    percentile,
  }: { readonly delayUs: number; readonly latencyUs: number; readonly percentile: string },
): string {
  const percent = `${lagShareMax * 100} %`;
  return `${what} ${msText(delayUs)} at ${percentile}, more than ${percent} of the latency of ${msText(latencyUs)}, and waiting for a core does not explain it; lower --sessions or --rate, or raise --workers`;
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

function maxOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}
