/**
 * latency: the way between the sessions and the server takes longer.
 *
 * What it does: a proxy in front of the server holds up every chunk of bytes for `ms`, give or take
 * `jitter`, in the given direction, and hands all of them on in order. In both directions a round
 * trip takes twice as long.
 * Why it works: a session sends a statement when it has the answer to the one before, so each
 * statement pays a round trip, within the transaction and with its locks held.
 * What proves it: the proxy held up chunks, and transactions took at least half of one round trip's
 * delay on the average (those that had begun before the fault took less). The server's own account,
 * sessions idle in their transactions, is told beside it.
 * What it leaves behind: nothing. What is on its way as it ends arrives at once.
 * Privileges: none. Blast radius: session. Managed servers: works on all, with TLS, too. The timers
 * of the proxy are of whole milliseconds. Where more than 4 MB are on their way on one connection,
 * its sender waits.
 */
import type { Fault } from "./fault.ts";
import { countsIn, heldText, networkOf, seedOf, slownessText, underRule } from "./network.ts";
import { directions } from "./ways.ts";

export const latency: Fault = {
  name: "latency",
  summary: "every chunk between sessions and server takes MS longer",
  radius: "session",
  dropsConnections: false,
  endsTransactions: false,
  parameters: {
    ms: { unit: "ms", min: 1, max: 60_000, default: 100, help: "how much longer, one way" },
    jitter: { unit: "ms", min: 0, max: 60_000, default: 0, help: "give or take so much" },
    direction: { choices: ["both", ...directions], default: "both", help: "which way" },
  },
  via: () => "network",

  check: () => Promise.resolve([]),

  inject(context, { ms, jitter, direction }) {
    return underRule(networkOf(context), {
      kind: "latency",
      ms: Number(ms),
      jitterMs: Number(jitter),
      directions: directions.filter((one) => direction === "both" || direction === one),
      seed: seedOf(context),
    });
  },

  prove(evidence, { ms, direction }) {
    const { fault, figures } = evidence;
    const roundTripUs = Number(ms) * 1000 * (direction === "both" ? 2 : 1);
    const isSlow = fault.service.count > 0 && fault.service.meanUs >= roundTripUs / 2;
    return {
      effective: countsIn(figures).hits > 0 && isSlow,
      evidence: `${heldText(figures, "chunk")}; ${slownessText(evidence)}`,
    };
  },
};
