/**
 * Where the sessions of a load are, on the average, and so where a transaction's time goes: by
 * Little's law (J. D. C. Little, Operations Research 9, 1961) so many sessions in a place are so
 * much of each transaction's time there. Pure.
 */
import type { Measurements, WaitFigure } from "./measurements.ts";

/** As in sweep.json. "service": work of a modelled service; "client": a transaction open, and the client's turn. */
export type PartKind =
  | "pool"
  | "service-gate"
  | "service"
  | "lock"
  | "internal-lock"
  | "cpu"
  | "io"
  | "client"
  | "network"
  | "generator"
  | "other";

export interface Part {
  readonly kind: PartKind;
  /** Which one of its kind: a gate, a relation, an event; null where there is only one. */
  readonly name: string | null;
  /** In a queue, rather than being served. */
  readonly isWaiting: boolean;
  /** So many sessions, on the average. */
  readonly sessions: number;
  /** Of all sessions in flight. */
  readonly share: number;
}

/** Largest first. Without a word from the client only those that the server sees busy. */
export function partsOf(seen: Measurements): readonly Part[] {
  const places = [...clientPlaces(seen), ...serverPlaces(seen)];
  const inPlaces = sum(places.map(({ sessions }) => sessions));
  const inFlight = Math.max(inPlaces, sessionsInFlight(seen) ?? 0);
  if (inFlight === 0) return [];
  const rest: Place = { ...restOf(seen), sessions: inFlight - inPlaces };
  return [...places, rest]
    .filter(({ sessions }) => sessions > 0)
    .map((place) => ({ ...place, share: place.sessions / inFlight }))
    .sort((one, other) => other.sessions - one.sessions);
}

/** Between start and end of a transaction; null where the client does not say. */
export function sessionsInFlight({ perSecond, client }: Measurements): number | null {
  return client === null ? null : (perSecond * client.latencyMs) / 1000;
}

/** Where the queue forms. */
export interface Queue {
  /** "none": hardly any session waits. "unknown": that was not measured. */
  readonly kind: PartKind | "none" | "unknown";
  readonly name: string | null;
  /** Of all sessions in flight, those that wait there. */
  readonly share: number;
}

/** A smaller share waiting is no queue. */
const queueShareMin = 0.1;

/**
 * Where most sessions wait. Gates are places of their own; of locks and events of one kind it is the
 * sum, named after the largest.
 */
export function queueOf(parts: readonly Part[]): Queue {
  const waiting = parts.filter(({ isWaiting }) => isWaiting);
  const placeOf = ({ kind, name }: Part) =>
    kind === "service-gate" ? `${kind}:${name ?? ""}` : kind;
  const queues = [...new Set(waiting.map(placeOf))].flatMap((place) => {
    const those = waiting.filter((part) => placeOf(part) === place);
    const [largest] = those;
    if (largest === undefined) return [];
    const { kind, name } = largest;
    return [{ kind, name, share: sum(those.map(({ share }) => share)) }];
  });
  queues.sort((one, other) => other.share - one.share);
  const [largest] = queues;
  if (largest === undefined || largest.share < queueShareMin) {
    return { kind: "none", name: null, share: largest?.share ?? 0 };
  }
  return largest;
}

type Place = Omit<Part, "share">;

/** What the client knows that it waits for, before it has a connection. */
function clientPlaces({ perSecond, client, gates }: Measurements): readonly Place[] {
  const inPlace = (ms: number) => (perSecond * ms) / 1000;
  const pool: Place[] =
    client === null || client.poolWaitMs === null
      ? []
      : [{ kind: "pool", name: null, isWaiting: true, sessions: inPlace(client.poolWaitMs) }];
  const queues = gates.map(({ name, waitMs }): Place => ({
    kind: "service-gate",
    name,
    isWaiting: true,
    sessions: inPlace(waitMs),
  }));
  return [...pool, ...queues];
}

function serverPlaces(seen: Measurements): readonly Place[] {
  const locks = seen.waits.filter(({ type }) => type === "Lock");
  const others = seen.waits.filter(({ type }) => type !== "Lock");
  return [
    ...lockPlaces(seen, sum(locks.map(({ sessions }) => sessions))),
    ...others.flatMap((wait) => placesOf(wait, seen)),
  ];
}

/** By relation, in the proportion in which the edges name them. */
function lockPlaces({ edges }: Measurements, waiting: number): readonly Place[] {
  if (waiting === 0) return [];
  const inEdges = sum(edges.map(({ sessions }) => sessions));
  const place = (name: string | null, sessions: number): Place => ({
    kind: "lock",
    name,
    isWaiting: true,
    sessions,
  });
  if (inEdges === 0) return [place(null, waiting)];
  return [...new Set(edges.map(({ relation }) => relation))].map((relation) => {
    const those = edges.filter((edge) => edge.relation === relation);
    return place(relation, (waiting * sum(those.map(({ sessions }) => sessions))) / inEdges);
  });
}

/** Lightweight locks that stand for waiting until the write-ahead log is on disk. */
const walLocks: readonly string[] = ["WALWrite", "WALSync", "WALWriteLock"];

/** Wait events as in the manual's tables 27.4 to 27.12. */
function placesOf({ type, event, sessions }: WaitFigure, seen: Measurements): readonly Place[] {
  const place = (kind: PartKind, isWaiting: boolean): Place[] => [
    { kind, name: event, isWaiting, sessions },
  ];
  switch (type) {
    case null:
      return runningPlaces(sessions, seen);
    case "LWLock":
      return place(walLocks.includes(event) ? "io" : "internal-lock", true);
    case "BufferPin":
    case "Buffer":
      return place("internal-lock", true);
    case "IO":
      return place("io", true);
    case "Client":
      // ClientRead: the transaction is open and the client's turn; ClientWrite: it does not take what it asked for.
      return event === "ClientRead" ? place("client", false) : place("network", true);
    default:
      return place("other", true);
  }
}

/** Backends that wait for nothing run, or queue for a core: only this machine's cores can be counted. */
function runningPlaces(sessions: number, { host }: Measurements): readonly Place[] {
  const onCore = host === null ? sessions : Math.min(sessions, host.serverCores);
  return [
    { kind: "cpu", name: "on a core", isWaiting: false, sessions: onCore },
    { kind: "cpu", name: "waiting for a core", isWaiting: true, sessions: sessions - onCore },
  ];
}

/**
 * Time that the client counts and the server does not: on the wire, or in the driver where fewer
 * backends are there than the client believes to use, or in the modelled service; or at a pool, where
 * nobody knows how long.
 */
function restOf(seen: Measurements): Omit<Place, "sessions"> {
  if (seen.gates.length > 0) return { kind: "service", name: null, isWaiting: false };
  if (seen.client?.poolWaitMs === null) {
    return { kind: "other", name: "in front of the server", isWaiting: true };
  }
  const kind = missingBackends(seen) > 0 ? "generator" : "network";
  return { kind, name: null, isWaiting: true };
}

/** How many backends there should be by the client's own account and are not. */
export function missingBackends({ client, samples, backendsMax }: Measurements): number {
  if (client === null || samples === 0) return 0;
  return Math.max(0, Math.min(client.sessions, client.connectionsInUseMax) - backendsMax);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
