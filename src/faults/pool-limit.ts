/**
 * pool-limit: at most `max` sessions may use their connection at a time.
 *
 * What it does: narrows a gate in front of the sessions' connections, as an undersized connection
 * pool does. Sessions inside finish; the others queue, and their waiting is a histogram of its own.
 * Why it works: a session needs its connection for the whole transaction, so the gate bounds what
 * the server ever sees busy at once.
 * What it leaves behind: nothing. The gate lives in the generator's memory, so there is nothing to
 * journal: it goes when the run ends, however it ends.
 * Privileges: none. Blast radius: session. Managed servers: works on all.
 */
import type { Fault } from "./fault.ts";

export const poolLimit: Fault = {
  name: "pool-limit",
  summary: "at most MAX sessions may use their connection at a time, as with a small pool",
  radius: "session",
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
    const { busy, samples } = fault.activity;
    const { count, meanUs } = fault.poolWait;
    const held = samples > 0 && busy.max <= (max ?? 0);
    // A limit that nobody ever had to wait for limits nothing.
    const felt = meanUs >= waitUsMin;
    return {
      effective: held && felt,
      evidence:
        `the server saw at most ${busy.max} busy sessions in ${samples} samples (limit ${max ?? 0}); ` +
        `the mean wait for a connection was ${(meanUs / 1000).toFixed(1)} ms over ${count} transactions`,
    };
  },

  undo(context) {
    context.sessions.limitConnections(null);
    return Promise.resolve();
  },
};

/** Passing an open gate takes some microseconds; a wait that is on average below this is no queue. */
const waitUsMin = 100;
