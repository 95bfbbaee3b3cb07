/**
 * commit-reply-lost: the server commits, and its client never hears of it.
 *
 * What it does: a proxy in front of the server lets COMMIT pass, waits for the server's word that it
 * is done, and cuts the connection in its place, at both sides: for `percent` of the COMMITs, drawn
 * from the seed for each session on its own.
 * Why it works: that the connection went while COMMIT was under way is all that the client knows. It
 * must not say that the transaction failed, and if it tries again it may do it twice.
 * What proves it: the server said COMMIT to the proxy, which is its own word, and has counted at
 * least as many commits; and clients were left with transactions of unknown outcome, half as many at
 * least (the last ones may hear of it only once the fault is over).
 * What it leaves behind: nothing but transactions of which no session knows; the sessions reconnect.
 * Privileges: none. Blast radius: session. Managed servers: works where the connection is without
 * TLS. It has nothing to bite on where statements commit by themselves.
 */
import { counted } from "../core/counted.ts";
import type { Fault } from "./fault.ts";
import { commitsText, countsIn, networkOf, seedOf, tlsProblems, underRule } from "./network.ts";

export const commitReplyLost: Fault = {
  name: "commit-reply-lost",
  summary: "the server commits, and PERCENT of the sessions' COMMITs never hear of it",
  radius: "session",
  dropsConnections: true,
  endsTransactions: true,
  parameters: {
    percent: { unit: "percent", min: 1, max: 100, default: 5, help: "of the COMMITs" },
  },
  via: () => "network",

  check: ({ target }) => tlsProblems("commit-reply-lost", target),

  inject(context, { percent }) {
    const rule = { kind: "commit-reply-lost", percent: Number(percent) } as const;
    return underRule(networkOf(context), { ...rule, seed: seedOf(context) });
  },

  prove({ fault, figures }) {
    const { hits } = countsIn(figures);
    const commits = fault.server?.commits ?? 0;
    const { unknownOutcomes } = fault;
    return {
      effective: hits > 0 && commits >= hits && unknownOutcomes >= hits / 2,
      evidence:
        `the server said COMMIT to ${counted(hits, "session")} that never heard of it; ` +
        `${commitsText(fault.server)}; clients had ${counted(unknownOutcomes, "transaction")} of unknown outcome`,
    };
  },
};
