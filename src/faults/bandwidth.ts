/**
 * bandwidth: all sessions together get no more than `rate` bytes a second through, in each direction.
 *
 * What it does: a proxy in front of the server lets the bytes of all connections through one after
 * the other, as a line of that width does. Large chunks are cut, so that nobody waits for a whole
 * one of somebody else; who sends faster than the line takes has to wait.
 * Why it works: what does not fit queues, and with it every statement behind it.
 * What proves it: the proxy held up pieces for a millisecond and more on the average, and
 * transactions took longer than in the baseline, if there is one.
 * What it leaves behind: nothing. What waits as it ends arrives at once.
 * Privileges: none. Blast radius: session. Managed servers: works on all, with TLS, too.
 */
import type { Fault } from "./fault.ts";
import { countsIn, heldText, networkOf, slownessText, underRule } from "./network.ts";

export const bandwidth: Fault = {
  name: "bandwidth",
  summary: "all sessions together get no more than RATE bytes a second through, each way",
  radius: "session",
  dropsConnections: false,
  endsTransactions: false,
  parameters: {
    rate: {
      unit: "bytes",
      min: 256,
      max: 1_000_000_000,
      default: 65_536,
      help: "a second, each way",
    },
  },
  via: () => "network",

  check: () => Promise.resolve([]),

  inject(context, { rate }) {
    const bytesPerSecond = Number(rate);
    return underRule(networkOf(context), { kind: "bandwidth", bytesPerSecond });
  },

  prove(evidence) {
    const { baseline, fault, figures } = evidence;
    const { hits, heldMs, bytes } = countsIn(figures);
    const waited = hits > 0 && heldMs / hits >= heldMsMin;
    const isSlower =
      fault.service.count > 0 &&
      (baseline === null || fault.service.meanUs > baseline.service.meanUs);
    return {
      effective: waited && isSlower,
      evidence: `${heldText(figures, "piece")}, of ${bytes} bytes in all; ${slownessText(evidence)}`,
    };
  },
};

/** A line that nobody has to wait for is not narrow. */
const heldMsMin = 1;
