/** From what was seen of somebody else's load to what a cause may be named from. Pure. */
import type { Sample } from "../observe/summary.ts";
import { observedIn } from "../observe/summary.ts";
import type { ClientFigure, HostFigure, Measurements } from "../scaling/measurements.ts";
import type { Rates } from "./reading.ts";

export interface SeenLoad {
  /** While the load was there. */
  readonly samples: readonly Sample[];
  readonly rates: Rates;
  readonly host: HostFigure | null;
  /** How many clients its driver says that it drives. */
  readonly clients: number | null;
}

/** How many backends there were, from look to look. */
export interface BackendCounts {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** The share of looks at which as many were busy as there ever were. */
  readonly fullShare: number;
}

export function backendCounts(samples: readonly Sample[]): BackendCounts {
  const counts = samples.map(({ connections }) => connections);
  const max = Math.max(0, ...counts);
  const full = samples.filter(({ busy }) => busy >= max);
  return {
    min: counts.length === 0 ? 0 : Math.min(...counts),
    max,
    mean: counts.reduce((sum, count) => sum + count, 0) / Math.max(1, counts.length),
    fullShare: full.length / Math.max(1, counts.length),
  };
}

export function measurementsOf({ samples, rates, host, clients }: SeenLoad): Measurements {
  const each = (count: number) => count / Math.max(1, samples.length);
  const { concurrency, waits, locks } = observedIn(samples, 0);
  return {
    perSecond: rates.committedPerSecond,
    client: clients === null ? null : clientFigure(clients, rates),
    samples: samples.length,
    backendsMax: backendCounts(samples).max,
    busy: concurrency.busySessions.mean,
    active: concurrency.activeSessions.mean,
    idleInTransaction: concurrency.idleInTransaction.mean,
    waits: waits.map(({ type, event, samples: count }) => ({ type, event, sessions: each(count) })),
    edges: locks.edges.map(({ blocked, blocker, relation, count }) => ({
      blocked,
      blocker,
      relation,
      sessions: each(count),
    })),
    gates: [],
    host: host === null ? null : { ...host, generatorCores: othersCores(host) },
  };
}

/** The backends alone: of the clients outside the server it is not known what they do. */
export function backendsOf(seen: Measurements): Measurements {
  return { ...seen, client: null };
}

/**
 * All that the server does not use counts as the load's own: its driver is among the others if it runs
 * here, nobody can tell it from them, and cores that it fills have no room for more transactions
 * either. So the utilisation is that of the whole machine, and never looks like room that is not there.
 */
function othersCores({ busyCores, serverCores }: HostFigure): number {
  return Math.max(0, busyCores - serverCores);
}

/** All that is known of the driver is how many clients it says it has. */
function clientFigure(clients: number, rates: Rates): ClientFigure {
  const { committedPerSecond: perSecond } = rates;
  return {
    sessions: clients,
    thinkMs: 0,
    // Little's law, for a client's whole round: what it does elsewhere, and its pauses, are in it.
    latencyMs: perSecond > 0 ? (clients / perSecond) * 1000 : 0,
    poolWaitMs: 0,
    connectionsInUseMax: clients,
    doubts: [],
  };
}
