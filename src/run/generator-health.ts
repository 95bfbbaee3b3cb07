/**
 * How the load generator itself fared, and where it shaped what it measured. Pure: measurements in,
 * sentences out.
 */
import { counted } from "../core/counted.ts";
import type { ThreadHealth } from "../engine/thread-health.ts";
import { Histogram } from "../metrics/histogram.ts";
import { type LatencySummary, latencySummary } from "../metrics/latency.ts";
import { latenessDoubts, type LatenessSeen } from "./lateness.ts";

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

export interface GeneratorSeen extends Omit<LatenessSeen, "loop" | "own"> {
  readonly threads: readonly ThreadHealth[];
  readonly rssBytesMax: number | null;
  /** Transactions that were started. */
  readonly started: number;
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
  const [loop, own] = [loopDelayOf(threads), ownDelayOf(threads)];
  const doubts = [
    ...cpuDoubts(threads),
    ...latenessDoubts({ ...seen, loop, own }),
    ...backendDoubts(seen),
  ];
  const totalUs = Math.round((gcPauses.mean ?? 0) * gcPauses.count);
  return {
    cpuUsPerTransaction: started === 0 || cpuUs === null ? null : Math.round(cpuUs / started),
    cpuShare: maxOf(shares.map((share) => share.cpuShare)),
    runQueueShare: maxOf(shares.map((share) => share.runQueueShare)),
    threads: shares,
    eventLoopDelayUs: latencySummary(loop),
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
