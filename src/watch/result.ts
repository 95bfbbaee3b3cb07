/** What `watch --json` prints, schema loadgen.watch/1: what users' scripts rely on. */
import { counted } from "../core/counted.ts";
import type { Spread } from "../core/evidence.ts";
import { type Finding, type Verdict, verdictOf } from "../core/verdict.ts";
import { hostFigure } from "../observe/host.ts";
import type { Observer, ObserverCost } from "../observe/observer.ts";
import type { Observed, Sample } from "../observe/summary.ts";
import type { HostFigure } from "../scaling/measurements.ts";
import { type Part, partsOf } from "../scaling/parts.ts";
import type { ConnectedName } from "./connected.ts";
import { type Naming, namingOf } from "./findings.ts";
import { type Times, timesOf } from "./littles-law.ts";
import { backendCounts, backendsOf, measurementsOf } from "./measurements.ts";
import { type Rates, ratesIn, type Reading } from "./reading.ts";
import type { SeenBackends, SeenHost } from "./seen-words.ts";
import { type Stretch, stretchOf } from "./stretch.ts";

/** What the watching left behind. */
export interface Watched {
  /** Without a password. */
  readonly server: string;
  readonly database: string;
  readonly applicationName: string;
  readonly clients: number | null;
  readonly watched: Stretch;
  readonly observer: Pick<Observer, "samplesBetween" | "observedBetween">;
  readonly readingsBetween: (startMs: number, endMs: number) => readonly Reading[];
  /** Asked for where nothing was seen; null: the server did not say. */
  readonly connected: readonly ConnectedName[] | null;
  readonly cost: ObserverCost;
  readonly signal: "SIGINT" | "SIGTERM" | null;
  readonly notes: readonly string[];
}

export interface WatchResult {
  readonly schema: "loadgen.watch/1";
  readonly verdict: Verdict;
  readonly server: string;
  readonly applicationName: string;
  readonly clients: number | null;
  /** That was watched. */
  readonly lengthMs: number;
  /** Null: no such backend was seen, or for too short a time. */
  readonly load: WatchedLoad | null;
  readonly observer: ObserverCost;
  readonly notes: readonly string[];
}

/** Means are over the time in which the load was there. */
export interface WatchedLoad {
  readonly lengthMs: number;
  readonly looks: number;
  readonly backends: SeenBackends;
  readonly busySessions: Spread;
  readonly activeSessions: Spread;
  readonly idleInTransaction: Spread;
  /** Of the whole database. */
  readonly transactions: Rates & {
    /** Of other names, at most at a time: their transactions are counted in. */
    readonly otherBackendsMax: number;
  };
  readonly times: Times;
  readonly waits: Observed["waits"];
  readonly locks: Observed["locks"];
  /** Where the busy backends are, largest first; of clients that have none, `times` tells how many. */
  readonly parts: readonly Part[];
  /** Null: the server is elsewhere, or the system does not tell. The load's driver is among the others. */
  readonly host: SeenHost | null;
  readonly limitedBy: Naming;
}

export function watchResult(seen: Watched): WatchResult {
  const { server, applicationName, clients, watched, signal } = seen;
  const samples = seen.observer.samplesBetween(watched.startMs, watched.endMs);
  const load = loadIn(seen, samples);
  const lengthMs = Math.round(watched.endMs - watched.startMs);
  const length = `${Math.round(lengthMs / 100) / 10} s`;
  const stopped = `stopped by ${signal ?? ""} after ${length}; what was seen by then counts`;
  const findings: Finding[] = [
    ...(signal === null
      ? []
      : [{ code: signal === "SIGINT" ? 130 : 143, reason: stopped } as const]),
    ...(load === null ? [{ code: 97, reason: noLoadText(seen, samples, length) } as const] : []),
    ...(load?.limitedBy.kind === "generator"
      ? [{ code: 97, reason: load.limitedBy.evidence } as const]
      : []),
  ];
  const whenFine = `${counted(load?.backends.max ?? 0, "backend")} seen in ${counted(samples.length, "look")}`;
  return {
    schema: "loadgen.watch/1",
    verdict: verdictOf(findings, whenFine),
    server,
    applicationName,
    clients,
    lengthMs,
    load,
    observer: seen.cost,
    notes: seen.notes,
  };
}

function loadIn(seen: Watched, all: readonly Sample[]): WatchedLoad | null {
  const stretch = stretchOf(all, seen.watched);
  if (stretch === null) return null;
  const { startMs, endMs } = stretch;
  const samples = seen.observer.samplesBetween(startMs, endMs);
  const readings = seen.readingsBetween(startMs, endMs);
  const rates = ratesIn(readings);
  if (rates === null) return null;
  const host = hostFigure(readings[0]?.host ?? null, readings.at(-1)?.host ?? null);
  const measurements = measurementsOf({ samples, rates, host, clients: seen.clients });
  const { concurrency, waits, locks } = seen.observer.observedBetween(startMs, endMs);
  const { connectionsUsed, ...sessions } = concurrency;
  const counts = backendCounts(samples);
  const backends = {
    ...counts,
    different: connectionsUsed,
    isFlat: counts.min === counts.max,
  };
  return {
    lengthMs: Math.round(endMs - startMs),
    looks: samples.length,
    backends,
    ...sessions,
    transactions: {
      ...rates,
      otherBackendsMax: Math.max(0, ...readings.map(({ otherBackends }) => otherBackends)),
    },
    times: timesOf({
      busy: measurements.busy,
      endedPerSecond: rates.committedPerSecond + rates.rolledBackPerSecond,
      clients: seen.clients,
      oldestMs: oldestIn(samples),
    }),
    waits,
    locks,
    parts: partsOf(backendsOf(measurements)),
    host: host === null ? null : withoutGenerator(host),
    limitedBy: namingOf(measurements, backends),
  };
}

function withoutGenerator({ cores, busyCores, serverCores }: HostFigure): SeenHost {
  return { cores, busyCores, serverCores };
}

function oldestIn(samples: readonly Sample[]): number | null {
  return samples.reduce<number | null>(
    (oldest, { oldestTransactionMs: ms }) => (ms === null ? oldest : Math.max(oldest ?? 0, ms)),
    null,
  );
}

/** No data to judge: why, and what may have been meant. */
function noLoadText(seen: Watched, samples: readonly Sample[], length: string): string {
  const { applicationName, database, connected } = seen;
  const watched = `backends whose application_name begins with "${applicationName}"`;
  if (samples.some(({ connections }) => connections > 0)) {
    return `${watched} were there for too short a time in the ${length} that were watched: there is no data to judge; watch for longer`;
  }
  if (samples.length === 0) return `the server answered no look in ${length}: there is no data`;
  const none = `no ${watched} were seen in the database ${database} in ${length}: there is no data to judge`;
  if (connected === null) return none;
  const names = connected.map(
    (one) => `"${one.applicationName}" (${one.database}, ${counted(one.backends, "backend")})`,
  );
  return `${none}; connected to this server ${names.length === 0 ? "is nobody else" : `are ${names.join(", ")}`}`;
}
