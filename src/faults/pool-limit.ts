/**
 * pool-limit: at most `max` sessions may use their connection at a time.
 *
 * What it does: narrows a gate in front of the sessions' connections, as an undersized connection
 * pool does. Sessions inside finish; the others queue, and their waiting is a histogram of its own.
 * Why it works: a session needs its connection for the whole transaction, so the gate bounds what
 * the server sees busy at once, from when those are done who were inside as it narrowed.
 * What proves it: transactions waited at the gate, where a connection pool adds nothing, and the
 * server never saw more than `max` sessions busy, at the latest from when everything is over that
 * may have been inside at the start of the window. A gate that lets one too many in is seen then.
 * What it leaves behind: nothing. The gate lives in the generator's memory, so there is nothing to
 * journal: it goes when the run ends, however it ends.
 * Privileges: none. Blast radius: session. Managed servers: works on all.
 */
import type { Fault } from "./fault.ts";

export const poolLimit: Fault = {
  name: "pool-limit",
  summary: "at most MAX sessions may use their connection at a time, as with a small pool",
  radius: "session",
  dropsConnections: false,
  parameters: {
    max: { unit: "sessions", min: 1, max: 10_000, default: null, help: "how many at a time" },
  },

  check: () => Promise.resolve([]),

  prepareUndo: () => Promise.resolve(null),

  inject(context, { max }) {
    context.sessions.limitConnections(max ?? null);
    return Promise.resolve();
  },

  prove({ fault }, { max }) {
    const limit = max ?? 0;
    const { activity, settled } = fault;
    const { count, meanUs } = fault.gateWait;
    const held = [activity, settled].some(({ samples, busy }) => samples > 0 && busy.max <= limit);
    // A limit that nobody ever had to wait for limits nothing.
    const felt = meanUs >= waitUsMin;
    return {
      effective: held && felt,
      evidence:
        `the server saw at most ${activity.busy.max} busy sessions in ${activity.samples} samples, ` +
        `at most ${settled.busy.max} in the ${settled.samples} after those inside at the start were done ` +
        `(limit ${limit}); the mean wait at the gate was ${(meanUs / 1000).toFixed(1)} ms over ${count} transactions`,
    };
  },

  undo(context) {
    context.sessions.limitConnections(null);
    return Promise.resolve();
  },
};

/** Passing an open gate takes some microseconds; a wait that is on average below this is no queue. */
const waitUsMin = 100;
