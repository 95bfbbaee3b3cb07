/**
 * reset: connections end with RST, as when a firewall or a failing router throws them away.
 *
 * What it does: a proxy in front of the server resets `percent` of the connections that are open, at
 * least one, at both sides, at once and then every `every`. Which ones is drawn from the seed by the
 * sessions' numbers.
 * Why it works: a connection that is reset takes its transaction with it; if COMMIT was under way,
 * its client cannot know. Nobody says goodbye, so the client has nothing but the transport's error.
 * What proves it: the proxy reset connections, and the server counted sessions that lost their
 * client (14 and later). Either alone is not enough: clients that give up look the same.
 * What it leaves behind: nothing; the sessions reconnect.
 * Privileges: none. Blast radius: session. Managed servers: works on all, with TLS, too. Behind a
 * PgBouncer, which says goodbye in its clients' place, there is no proof.
 */
import type { Fault } from "./fault.ts";
import { nothingInForce } from "./fault.ts";
import { lostText, networkOf, sessionsLost, someConnections } from "./network.ts";
import { everyParameter, repeatedly } from "./repeatedly.ts";

export const reset: Fault = {
  name: "reset",
  summary: "PERCENT of the sessions' connections end with RST every so often, chosen by the seed",
  radius: "session",
  dropsConnections: true,
  endsTransactions: true,
  parameters: {
    percent: { unit: "percent", min: 1, max: 100, default: 20, help: "of the open connections" },
    every: everyParameter(1_000),
  },
  via: () => "network",

  check: () => Promise.resolve([]),

  inject(context, { percent, every }) {
    const seen = { resets: 0 };
    context.background((over) =>
      repeatedly(Number(every), over, async () => {
        const ids = await someConnections(context, Number(percent));
        seen.resets += await networkOf(context).reset(ids);
      }),
    );
    return Promise.resolve({ ...nothingInForce, figures: () => Promise.resolve({ ...seen }) });
  },

  prove({ fault, figures }) {
    const resets = Number(figures.resets ?? 0);
    return {
      effective: resets > 0 && (sessionsLost(fault.server) ?? 0) > 0,
      evidence: lostText(resets, fault.server),
    };
  },
};
