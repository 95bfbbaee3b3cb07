/**
 * What limits a load that somebody else drives, as far as looking on can tell, by the names and the
 * thresholds of src/scaling. Pure. Only one cause can be known without changing anything: fewer
 * backends than the driver says that it has clients, in front of a server that has room. All others
 * are suspected: of cores, too, for whose work it is that fills them is not known.
 */
import { counted } from "../core/counted.ts";
import { percent } from "../scaling/figures.ts";
import { type LimitedBy, limitOf, mayLackCores, remoteText } from "../scaling/limit.ts";
import type { Measurements } from "../scaling/measurements.ts";
import { missingBackends, type PartKind, partsOf } from "../scaling/parts.ts";
import { partWords } from "../scaling/place-words.ts";
import { fullMin, saturatedMin, type Suspect, suspectsOf } from "../scaling/suspects.ts";
import { backendsOf } from "./measurements.ts";
import { coresText, figure, type SeenBackends, seenTexts } from "./seen-words.ts";

/** "generator": whatever drives the load, and all between it and the server. */
export interface Naming extends Pick<LimitedBy, "shares"> {
  readonly kind: Extract<LimitedBy["kind"], "generator" | "unknown" | "none">;
  /** What it probably is, where it is not known. */
  readonly suspected: LimitedBy["suspected"] | "generator";
  /** Why, in a sentence. */
  readonly evidence: string;
  /** What is seen, the evidence left out; sentences. */
  readonly seen: readonly string[];
}

export function namingOf(seen: Measurements, backends: SeenBackends): Naming {
  return { ...causeOf(seen, backends), seen: seenTexts(seen, backends) };
}

function causeOf(seen: Measurements, backends: SeenBackends): Omit<Naming, "seen"> {
  const server = backendsOf(seen);
  const named = limitOf(server, []);
  const limits = limitsOf(server);
  const { shares } = named;
  if (missingBackends(seen) > 0) {
    const ends = limits.filter((limit) => isAtItsEnd(limit, server));
    const [first] = ends;
    if (first === undefined) {
      return { kind: "generator", suspected: null, shares, evidence: frontText(seen, backends) };
    }
    const evidence = `${outsideText(seen, backends)}; but ${textOf(ends, server)}: more connections may bring nothing, which only changing something would tell`;
    return { kind: "unknown", suspected: first.kind, shares, evidence };
  }
  const [heaviest] = limits;
  if (heaviest !== undefined) {
    const evidence = `${textOf(limits, server)}: that is what limits, as far as looking on can tell`;
    return { kind: "unknown", suspected: heaviest.kind, shares, evidence };
  }
  const waitingShare = shareWaitingForClient(server, backends);
  if (waitingShare >= mostMin) {
    const evidence = clientText(waitingShare, backends);
    return { kind: "unknown", suspected: "generator", shares, evidence };
  }
  const texts = [textOf(suspectsOf(server), server), named.evidence].filter((text) => text !== "");
  const kind = named.kind === "none" ? "none" : "unknown";
  return { kind, suspected: named.suspected, shares, evidence: texts.join("; ") };
}

/**
 * What in the server may limit, heaviest first: its cores, and of the queues those that keep the busy
 * backends for longer than their clients do.
 */
function limitsOf(server: Measurements): readonly Suspect[] {
  const clientsTurn = shareIn(server, "client");
  const suspects = suspectsOf(server).filter(
    ({ kind, weight }) => kind === "cpu" || weight >= clientsTurn,
  );
  const running = shareIn(server, "cpu");
  // With less than one running, even a machine of one core has room.
  return mayLackCores(server) && running * server.busy >= fullMin
    ? [{ kind: "cpu", name: null, weight: running }, ...suspects]
    : suspects;
}

/**
 * Whether it may have no room for more backends. A place in which fewer wait on the average is
 * certainly empty for more of the time than something saturated is; and on the network a backend waits
 * for the load's own side.
 */
function isAtItsEnd({ kind, weight }: Suspect, server: Measurements): boolean {
  return kind === "cpu" || (kind !== "network" && weight * server.busy >= saturatedMin);
}

/** What most of the backends do. */
const mostMin = 0.5;

/** Idle ones, and those with a transaction open. */
function shareWaitingForClient(server: Measurements, { mean }: SeenBackends): number {
  return (mean - server.busy + shareIn(server, "client") * server.busy) / mean;
}

function clientText(share: number, { isFlat, max }: SeenBackends): string {
  const where = isFlat
    ? `a pool or socket limit of ${max}, or the driver`
    : "the driver, or what it waits for itself";
  return `the backends wait for the client ${percent(share)} of their time: what limits is on the client's side (${where})`;
}

function textOf(suspects: readonly Suspect[], { host }: Measurements): string {
  const texts = suspects.map(({ kind, weight }) => {
    if (kind !== "cpu") {
      const words = partWords({ kind, name: null, isWaiting: true });
      return `the busy backends spend ${percent(weight)} of their time ${words}`;
    }
    return host === null
      ? remoteText
      : `the cores of the server's machine are full: ${coresText(host)}`;
  });
  return texts.join("; ");
}

function frontText(seen: Measurements, backends: SeenBackends): string {
  const { client, host } = seen;
  const reach = backends.isFlat ? "the whole time" : "at most";
  const room =
    host === null
      ? "nothing in the server was seen at its limit"
      : `the server has room (${coresText(host)})`;
  return (
    `the load's own side limits it: ${counted(backends.max, "backend")} ${reach} for ${counted(client?.sessions ?? 0, "client")}, and ` +
    `${outsideText(seen, backends)}, of which a pool or socket limit, or the driver, opens no more; ${room}`
  );
}

/** Clients that pause look no different from those that queue. */
function outsideText({ client, busy }: Measurements, { max }: SeenBackends): string {
  const clients = client?.sessions ?? 0;
  const outside = Math.max(0, clients - busy);
  return (
    `${figure(outside)} of the ${counted(clients, "client")} are not in the server on the average: ` +
    `they pause, or wait for one of ${counted(max, "connection")}`
  );
}

/** Of the sessions that the server sees busy. */
function shareIn(server: Measurements, kind: PartKind): number {
  return partsOf(server)
    .filter((part) => part.kind === kind)
    .reduce((sum, { share }) => sum + share, 0);
}
