/**
 * parse-cut: the connection ends in the middle of a statement, once the server has parsed it.
 *
 * What it does: a proxy in front of the server lets a Parse pass, and nothing of what follows it on
 * this connection: it is closed at the server's side, and cut with RST at the client's. For `percent`
 * of the Parses, drawn from the seed for each session on its own.
 * Why it works: a statement is sent as several messages, and a network may end between two of them.
 * Nothing was executed, so the server rolls back, and the session must find that out by itself.
 * In a run with this fault every statement with parameters is parsed each time, not once for each
 * connection: else there would be none to cut but those right after connecting. That is slower, in
 * the baseline, too.
 * What proves it: the proxy cut connections, and the server counted sessions that lost their client
 * (14 and later).
 * What it leaves behind: nothing; the sessions reconnect.
 * Privileges: none. Blast radius: session. Managed servers: works where the connection is without
 * TLS. Behind a PgBouncer, which says goodbye in its clients' place, there is no proof.
 */
import type { Fault } from "./fault.ts";
import {
  countsIn,
  lostText,
  networkOf,
  seedOf,
  sessionsLost,
  tlsProblems,
  underRule,
} from "./network.ts";

export const parseCut: Fault = {
  name: "parse-cut",
  summary: "PERCENT of the statements lose their connection once the server has parsed them",
  radius: "session",
  dropsConnections: true,
  endsTransactions: true,
  parameters: {
    percent: { unit: "percent", min: 1, max: 100, default: 5, help: "of the Parse messages" },
  },
  via: () => "network",
  parsesEachTime: true,

  check: ({ target }) => tlsProblems("parse-cut", target),

  inject(context, { percent }) {
    const rule = { kind: "parse-cut", percent: Number(percent) } as const;
    return underRule(networkOf(context), { ...rule, seed: seedOf(context) });
  },

  prove({ fault, figures }) {
    const { hits } = countsIn(figures);
    return {
      effective: hits > 0 && (sessionsLost(fault.server) ?? 0) > 0,
      evidence: lostText(hits, fault.server),
    };
  },
};
