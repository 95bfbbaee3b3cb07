/**
 * commit-delay: COMMIT alone takes `ms` longer to the server.
 *
 * What it does: a proxy in front of the server knows where messages begin, and holds up those simple
 * queries whose text begins with COMMIT. All other traffic passes as ever.
 * Why it works: until COMMIT arrives the transaction is open, with its locks and its snapshot, and
 * its session is idle in transaction: others wait for rows that nobody works on.
 * What proves it: the proxy held up COMMITs, half as many at least as transactions committed; these
 * took longer than in the baseline, if there is one, all together by half
 * of that time at least (the rest is with those that had not ended); and the server saw sessions idle
 * in their transactions for longer than in the baseline. The last it cannot tell without a baseline,
 * or where it was hardly looked at meanwhile: the evidence says so.
 * What it leaves behind: nothing. What waits as it ends arrives at once.
 * Privileges: none. Blast radius: session. Managed servers: works where the connection is without
 * TLS. It has nothing to bite on where statements commit by themselves.
 */
import type { Fault } from "./fault.ts";
import {
  commitsText,
  countsIn,
  heldText,
  idledLonger,
  networkOf,
  slowerByMs,
  slownessText,
  tlsProblems,
  underRule,
} from "./network.ts";

export const commitDelay: Fault = {
  name: "commit-delay",
  summary: "COMMIT alone takes MS longer to the server",
  radius: "session",
  dropsConnections: false,
  endsTransactions: false,
  parameters: {
    ms: { unit: "ms", min: 1, max: 60_000, default: 100, help: "how much longer" },
  },
  via: () => "network",

  check: ({ target }) => tlsProblems("commit-delay", target),

  inject: (context, { ms }) =>
    underRule(networkOf(context), { kind: "commit-delay", ms: Number(ms) }),

  prove(evidence) {
    const { fault, figures } = evidence;
    const { hits, heldMs } = countsIn(figures);
    // Of the sessions' own: the server counts those of observers, too, and a second late.
    const isShare = hits > 0 && hits >= fault.service.count / 2;
    const isSlower = fault.service.count * slowerByMs(evidence) >= heldMs / 2;
    return {
      effective: isShare && isSlower && idledLonger(evidence) !== false,
      evidence: `${heldText(figures, "COMMIT")}; ${commitsText(fault.server)}; ${slownessText(evidence)}`,
    };
  },
};
