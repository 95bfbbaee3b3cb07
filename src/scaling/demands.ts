/**
 * What a transaction asks of each resource, and the bounds that follow whatever the workload is: the
 * operational laws of P. J. Denning and J. P. Buzen (Computing Surveys 10, 1978) and the asymptotic
 * bounds of E. D. Lazowska and others (Quantitative System Performance, 1984, chapter 5). Pure.
 */
import type { Measurements } from "./measurements.ts";
import { partsOf } from "./parts.ts";

export interface Demand {
  /** "cpu", "pool", or the name of a gate. */
  readonly resource: string;
  /** Seconds of it that a transaction takes, divided by how many there are of it. */
  readonly seconds: number;
  /** Throughput times demand; 1 is all that it can do. */
  readonly utilisation: number;
}

export interface Bounds {
  /** Largest first. */
  readonly demands: readonly Demand[];
  /** 1/Dmax, in transactions a second; null without any demand. */
  readonly perSecondMax: number | null;
  /** (R+Z)/Dmax, R without a queue: from so many sessions on the largest demand limits. */
  readonly sessionsAtBound: number | null;
}

/** Largest first; none where nothing was committed. */
export function demandsOf(seen: Measurements): readonly Demand[] {
  const { perSecond, gates } = seen;
  if (perSecond === 0) return [];
  const utilisations: (readonly [string, number])[] = [
    ...optional("cpu", cpuUtilisation(seen)),
    ...optional("pool", poolUtilisation(seen)),
    ...gates.map(
      ({ name, holdMs, capacity }) => [name, (perSecond * holdMs) / 1000 / capacity] as const,
    ),
  ];
  return utilisations
    .map(([resource, utilisation]) => ({ resource, seconds: utilisation / perSecond, utilisation }))
    .sort((one, other) => other.seconds - one.seconds);
}

/** `crowded`: where demands are measured; `alone`: with the fewest sessions, whose R is known best. */
export function boundsOf(crowded: Measurements, alone: Measurements): Bounds {
  const demands = demandsOf(crowded);
  const largest = demands[0]?.seconds ?? 0;
  if (largest === 0) return { demands, perSecondMax: null, sessionsAtBound: null };
  const cycleMs =
    alone.client === null ? null : unqueuedMs(alone, alone.client.latencyMs) + alone.client.thinkMs;
  return {
    demands,
    perSecondMax: 1 / largest,
    sessionsAtBound: cycleMs === null ? null : cycleMs / 1000 / largest,
  };
}

/** Of a latency, what is spent in no queue; what is on the way is. */
function unqueuedMs(seen: Measurements, latencyMs: number): number {
  const queued = partsOf(seen)
    .filter(({ kind, isWaiting }) => isWaiting && kind !== "network")
    .reduce((sum, { share }) => sum + share, 0);
  return latencyMs * (1 - queued);
}

/**
 * How much the server and the generator use of the cores that others leave them; null where that is
 * not known.
 */
export function cpuUtilisation({ host }: Measurements): number | null {
  if (host === null) return null;
  const own = host.serverCores + host.generatorCores;
  const others = Math.max(0, host.busyCores - own);
  // Clock ticks are coarse, and read one process after the other: their sum may exceed what there is.
  return others >= host.cores ? 1 : Math.min(1, own / (host.cores - others));
}

/** A shorter wait, as a share of the latency, is no queue at the pool, so that it need not be full. */
const poolWaitShareMin = 0.05;

/**
 * Mean connections in use by the most that ever were; null where nobody queues for one, for then the
 * most in use need not be all there are.
 */
export function poolUtilisation(seen: Measurements): number | null {
  const { client, perSecond, gates, busy } = seen;
  if (client === null || client.connectionsInUseMax === 0) return null;
  if (client.poolWaitMs === null) return null;
  if (client.poolWaitMs < poolWaitShareMin * client.latencyMs) return null;
  const queue = (perSecond * client.poolWaitMs) / 1000;
  // A request to a service has a connection for some of its time only, and how long is not measured: but
  // where one and more queue for one on the average, all are taken.
  const held = gates.length > 0 ? 0 : (perSecond * (client.latencyMs - client.poolWaitMs)) / 1000;
  const used = Math.max(held, busy) / client.connectionsInUseMax;
  // Of few transactions those at the edges of the measured time are missing: what was seen busy was in use.
  return Math.min(1, gates.length > 0 ? Math.max(used, queue) : used);
}

function optional(resource: string, value: number | null): readonly (readonly [string, number])[] {
  return value === null ? [] : [[resource, value]];
}
