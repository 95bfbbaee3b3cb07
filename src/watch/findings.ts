/**
 * What is seen of a load that somebody else drives, in plain words, and what limits it, as far as
 * looking on can tell. Pure. Only one cause can be known without changing anything: fewer backends
 * than the driver says that it has clients. All others are suspected.
 */
import { counted } from "../core/counted.ts";
import type { Measurements } from "../scaling/measurements.ts";
import { missingBackends, type Part, type PartKind, partsOf } from "../scaling/parts.ts";
import type { BackendCounts } from "./measurements.ts";

export interface SeenBackends extends BackendCounts {
  /** Different ones. */
  readonly different: number;
  readonly isFlat: boolean;
}

/** "generator": whatever drives the load, and all between it and the server. */
export interface Naming {
  readonly kind: "generator" | "unknown";
  /** What it probably is, where it is not known. */
  readonly suspected: Exclude<PartKind, "client"> | null;
  /** Why, in a sentence. */
  readonly evidence: string;
  /** What is seen, the evidence left out; sentences. */
  readonly seen: readonly string[];
}

export function namingOf(seen: Measurements, backends: SeenBackends): Naming {
  const busyParts = partsOf({ ...seen, client: null });
  return {
    ...causeOf(seen, backends, busyParts),
    seen: [
      backendsText(backends),
      busyText(seen, backends),
      ...partsText(busyParts),
      ...clientsText(seen),
    ],
  };
}

/** Where the cause lies for so much of the backends' time, it is suspected. */
const shareMin = 0.5;

function causeOf(
  seen: Measurements,
  backends: SeenBackends,
  busyParts: readonly Part[],
): Omit<Naming, "seen"> {
  if (missingBackends(seen) > 0) {
    return { kind: "generator", suspected: null, evidence: missingText(seen, backends) };
  }
  const inTransaction = sessionsIn(busyParts, "client");
  const waitingForClient = (backends.mean - seen.busy + inTransaction) / backends.mean;
  if (waitingForClient >= shareMin) {
    const limit = backends.isFlat ? `a pool or socket limit of ${backends.max}, or the driver` : "";
    const where = limit === "" ? "the driver, or what it waits for itself" : limit;
    const evidence = `The backends wait for the client ${percent(waitingForClient)} of their time: what limits is on the client's side (${where})`;
    return { kind: "unknown", suspected: "generator", evidence };
  }
  const kinds = [...new Set(busyParts.map(({ kind }) => kind))];
  const shares = kinds.map((kind) => ({ kind, share: sessionsIn(busyParts, kind) / seen.busy }));
  const [largest] = shares.sort((one, other) => other.share - one.share);
  if (largest === undefined || largest.share < shareMin || largest.kind === "client") {
    const evidence = "No single thing keeps most of the busy backends: nothing can be suspected";
    return { kind: "unknown", suspected: null, evidence };
  }
  return { kind: "unknown", ...suspicion(largest.kind, largest.share, seen) };
}

/** Fuller than this, a core is what the next transaction waits for. */
const fullMin = 0.8;

function suspicion(
  kind: Exclude<PartKind, "client">,
  share: number,
  { host }: Measurements,
): Pick<Naming, "suspected" | "evidence"> {
  if (kind !== "cpu") {
    const evidence = `The busy backends spend ${percent(share)} of their time ${placeTexts[kind]}: that is what limits, as far as looking on can tell`;
    return { suspected: kind, evidence };
  }
  const running = `The busy backends spend ${percent(share)} of their time running or waiting for a core`;
  if (host === null) {
    const evidence = `${running}: the server's cores may be what limits, but how busy they are cannot be seen from here`;
    return { suspected: "cpu", evidence };
  }
  const cores = `${figure(host.busyCores)} of ${host.cores} cores are busy`;
  return host.busyCores / host.cores < fullMin
    ? {
        suspected: null,
        evidence: `${running}, and ${cores}: the server has room, and nothing in it limits that could be seen`,
      }
    : {
        suspected: "cpu",
        evidence: `${running}, and ${cores}: that is what limits, as far as looking on can tell`,
      };
}

const placeTexts: Readonly<Record<PartKind, string>> = {
  pool: "waiting in a pool",
  "service-gate": "waiting in the service",
  service: "in the service",
  lock: "waiting for a lock that another transaction holds",
  "internal-lock": "waiting for a lock inside the server",
  cpu: "running or waiting for a core",
  io: "reading and writing files",
  client: "waiting for the client, with a transaction open",
  network: "waiting until the client takes what it asked for",
  generator: "waiting for the client",
  other: "waiting for something else",
};

function missingText(seen: Measurements, backends: SeenBackends): string {
  const clients = seen.client?.sessions ?? 0;
  const outside = Math.max(0, clients - seen.busy);
  const reach = backends.isFlat ? "the whole time" : "at most";
  return (
    `the load's own side limits it: ${counted(backends.max, "backend")} ${reach} for ${counted(clients, "client")}, and ${figure(outside)} of the ${clients} clients ` +
    `are not in the server on the average: a pool or socket limit of ${backends.max}, or the driver, holds them back`
  );
}

function backendsText({ min, max, different, isFlat }: SeenBackends): string {
  if (!isFlat) {
    return `${min} to ${counted(max, "backend")} at a time, ${different} different ones.`;
  }
  if (different > max) {
    return `${counted(max, "backend")} from the first look to the last, but ${different} different ones: connections are closed and opened again.`;
  }
  return `${counted(max, "backend")} from the first look to the last, never more: whoever drives this load opens no more.`;
}

function busyText(seen: Measurements, { max, fullShare }: SeenBackends): string {
  const { busy, active, idleInTransaction } = seen;
  return (
    `On the average ${figure(busy)} of them were busy: ${figure(active)} active, ${figure(idleInTransaction)} idle in transaction. ` +
    `${max === 1 ? "It was" : `All ${max} were`} busy at ${percent(fullShare)} of the looks.`
  );
}

/** Fewer sessions than this, on the average, are not worth a word. */
const sessionsMin = 0.05;

function partsText(parts: readonly Part[]): readonly string[] {
  const kinds = [...new Set(parts.map(({ kind }) => kind))];
  const texts = kinds
    .map((kind) => ({ kind, sessions: sessionsIn(parts, kind) }))
    .filter(({ sessions }) => sessions >= sessionsMin)
    .sort((one, other) => other.sessions - one.sessions)
    .map(({ kind, sessions }) => `${figure(sessions)} ${placeTexts[kind]}`);
  return texts.length === 0 ? [] : [`Of the busy ones: ${texts.join(", ")}.`];
}

function clientsText({ client, busy, backendsMax }: Measurements): readonly string[] {
  if (client === null) return [];
  const { sessions } = client;
  if (sessions < backendsMax) {
    return [
      `${backendsMax} backends are more than the ${counted(sessions, "client")} of --clients: more clients, or other loads, have the same application_name.`,
    ];
  }
  return [
    `${figure(sessions - busy)} of ${counted(sessions, "client")} are not in the server, on the average.`,
  ];
}

function sessionsIn(parts: readonly Part[], kind: PartKind): number {
  return parts
    .filter((part) => part.kind === kind)
    .reduce((sum, { sessions }) => sum + sessions, 0);
}

/** One digit after the point. */
function figure(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
