/** What the faults of the network have in common: which connections, TLS, and what the proxy counted. */
import { counted } from "../core/counted.ts";
import type { FaultEvidence, Figures, ServerEvidence, WindowEvidence } from "../core/evidence.ts";
import type { FaultContext, FaultTarget, InForce } from "./fault.ts";
import type { NetworkControl, NetworkCounts, NetworkRule } from "./ways.ts";

/** For a fault whose `via` asks for the proxy. */
export function networkOf({ network }: FaultContext): NetworkControl {
  if (network === null) throw new Error("the sessions do not go through the proxy");
  return network;
}

/** A rule of which nothing is left but its counts. */
export async function underRule(network: NetworkControl, rule: NetworkRule): Promise<InForce> {
  await network.apply(rule);
  return {
    figures: async () => ({ ...(await network.counts(rule.kind)) }),
    release: () => network.lift(rule.kind),
  };
}

/** For what a rule draws, so that the same seed strikes the same messages of each session. */
export function seedOf({ random }: FaultContext): string {
  return String(random.below(1_000_000_000));
}

/** So many of a hundred of the connections that are open now, at least one, by their sessions' numbers. */
export async function someConnections(
  context: FaultContext,
  percent: number,
): Promise<readonly number[]> {
  const { prefix } = context.sessions;
  const open = (await networkOf(context).connections())
    .map(({ id, applicationName }) => ({
      id,
      session: Number(applicationName.slice(prefix.length)),
    }))
    // Where TLS hides the names they stay in the order in which they came.
    .sort((one, other) => one.session - other.session || one.id - other.id);
  const count = Math.ceil((open.length * percent) / 100);
  return context.random.distinctBelow(open.length, count).flatMap((index) => open[index]?.id ?? []);
}

/** Why messages could not be told apart here. */
export async function tlsProblems(fault: string, target: FaultTarget): Promise<readonly string[]> {
  if (!(await usesTls(target))) return [];
  return [
    `${fault} looks into messages, which TLS hides: give a URL with sslmode=disable, or take a fault that does not, such as latency or reset`,
  ];
}

/** By the server's account of this very connection: those of the sessions have the same address. */
export async function usesTls(target: FaultTarget): Promise<boolean> {
  const [row] = await target.query(
    "select ssl from pg_catalog.pg_stat_ssl where pid = pg_catalog.pg_backend_pid()",
  );
  return row?.ssl === true;
}

/** What the proxy counted; nothing where it could not be asked. */
export function countsIn(figures: Figures): NetworkCounts {
  const { hits = 0, heldMs = 0, bytes = 0 } = figures;
  return { hits: Number(hits), heldMs: Number(heldMs), bytes: Number(bytes) };
}

/** On the average over what it held up. */
export function heldText(figures: Figures, what: string): string {
  const { hits, heldMs } = countsIn(figures);
  const mean = hits === 0 ? "" : `, ${(heldMs / hits).toFixed(1)} ms each`;
  return `the proxy held up ${counted(hits, what)}${mean}`;
}

/** Of transactions on the average: than in the baseline, or, without one, than nothing. */
export function slowerByMs({ baseline, fault }: FaultEvidence): number {
  return (fault.service.meanUs - (baseline?.service.meanUs ?? 0)) / 1000;
}

/** Whether the server saw sessions idle in their transactions for longer than before; null: it cannot tell. */
export function idledLonger({ baseline, fault }: FaultEvidence): boolean | null {
  const idleMs = idleMsIn(fault);
  const beforeMs = idleMsIn(baseline);
  if (idleMs === null || beforeMs === null || idleMs + beforeMs === 0) return null;
  return idleMs > beforeMs;
}

/** How long transactions took, and for how long the server saw their sessions idle in them. */
export function slownessText(evidence: FaultEvidence): string {
  const { baseline, fault } = evidence;
  const instead = baseline === null ? "" : ` instead of ${meanText(baseline)}`;
  const took = `${counted(fault.service.count, "transaction")} took ${meanText(fault)}${instead}`;
  if (idledLonger(evidence) === null) {
    return `${took}; whether their sessions were idle in them for longer, the server cannot tell`;
  }
  const [idleMs, beforeMs] = [fault, baseline].map((window) => (idleMsIn(window) ?? 0).toFixed(1));
  return `${took}; the server saw their sessions idle in them for ${idleMs} ms instead of ${beforeMs} ms`;
}

/**
 * In one transaction, between its statements; null: it was not looked at, or none ended. By Little's
 * law: so many at a time, by so many in all.
 */
function idleMsIn(window: WindowEvidence | null): number | null {
  if (window === null || window.activity.samples === 0 || window.service.count === 0) return null;
  return (window.activity.idleInTransaction.mean * window.lengthMs) / window.service.count;
}

function meanText({ service }: WindowEvidence): string {
  return `${(service.meanUs / 1000).toFixed(1)} ms`;
}

/** What the server says of commits, those of observers included. */
export function commitsText(server: ServerEvidence | null): string {
  return server === null
    ? "the server's statistics could not be read"
    : `the server counted ${counted(server.commits, "commit")} meanwhile`;
}

/**
 * Sessions that ended because their client was gone, by the server's statistics: it finds out when it
 * reads ("abandoned"), or when it sends, which is an error that ends the session ("fatal"). Null: they
 * could not be read.
 */
export function sessionsLost(server: ServerEvidence | null): number | null {
  return server === null ? null : server.sessionsAbandoned + server.sessionsFatal;
}

/** What the server says of connections that were cut. */
export function lostText(cut: number, server: ServerEvidence | null): string {
  const lost = sessionsLost(server);
  const seen =
    lost === null
      ? "the server's statistics could not be read"
      : `the server counted ${counted(lost, "session")} that lost their client`;
  return `the proxy cut ${counted(cut, "connection")}; ${seen}`;
}
