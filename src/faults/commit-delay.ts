/**
 * commit-delay: COMMIT alone takes `ms` longer to the server.
 *
 * What it does: a proxy in front of the server knows where messages begin, and holds up those simple
 * queries whose text begins with COMMIT. All other traffic passes as ever.
 * Why it works: until COMMIT arrives the transaction is open, with its locks and its snapshot, and
 * its session is idle in transaction: others wait for rows that nobody works on.
 * What proves it: the proxy held up COMMITs, and the transactions that committed took, all together,
 * at least half as long as that (the rest is with those that had not ended). That the server saw
 * sessions idle in their transactions is told beside it.
 * What it leaves behind: nothing. What waits as it ends arrives at once.
 * Privileges: none. Blast radius: session. Managed servers: works where the connection is without
 * TLS. It has nothing to bite on where statements commit by themselves.
 */
import type { Fault } from "./fault.ts";
import { countsIn, heldText, networkOf, slownessText, tlsProblems, underRule } from "./network.ts";

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
    const serviceMs = (fault.service.count * fault.service.meanUs) / 1000;
    return {
      effective: hits > 0 && serviceMs >= heldMs / 2,
      evidence: `${heldText(figures, "COMMIT")}; ${slownessText(evidence)}`,
    };
  },
};
