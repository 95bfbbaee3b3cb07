/**
 * latency: the way between the sessions and the server takes longer.
 *
 * What it does: a proxy in front of the server holds up every chunk of bytes for `ms`, give or take
 * `jitter`, in the given direction, and hands all of them on in order. In both directions a round
 * trip takes twice as long.
 * Why it works: a session sends a statement when it has the answer to the one before, so each
 * statement pays a round trip, within the transaction and with its locks held.
 * What proves it: the proxy held up chunks for half of `ms` at least; transactions took longer than
 * in the baseline, if there is one, by half of one round trip's delay at least on the average (those
 * that had begun before the fault took less); and the server saw sessions idle in their transactions
 * for longer than in the baseline. The last it cannot tell where each statement commits by itself,
 * without a baseline, or where it was never looked at meanwhile: the evidence says so.
 * What it leaves behind: nothing. What is on its way as it ends arrives at once.
 * Privileges: none. Blast radius: session. Managed servers: works on all, with TLS, too. The timers
 * of the proxy are of whole milliseconds. Where more than 4 MB are on their way on one connection,
 * its sender waits.
 */
import type { Fault } from "./fault.ts";
import {
  countsIn,
  heldText,
  idledLonger,
  networkOf,
  seedOf,
  slowerByMs,
  slownessText,
  underRule,
} from "./network.ts";
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
    const { hits, heldMs } = countsIn(evidence.figures);
    const isHeld = hits > 0 && heldMs >= (hits * Number(ms)) / 2;
    const roundTripMs = Number(ms) * (direction === "both" ? 2 : 1);
    const isSlower = slowerByMs(evidence) >= roundTripMs / 2;
    return {
      effective: isHeld && isSlower && idledLonger(evidence) !== false,
      evidence: `${heldText(evidence.figures, "chunk")}; ${slownessText(evidence)}`,
    };
  },
};
