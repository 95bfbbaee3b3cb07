/**
 * connection-storm: clients connect, log in and leave again, as fast as the server lets them.
 *
 * What it does: `at-once` loops, each of which opens a connection, asks one question and closes it,
 * without a pause: what an application without a pool does, or one whose pool is too eager.
 * Why it works: each connection costs the server a new process, a handshake of SCRAM (4096 rounds of
 * SHA-256), and a first look at the catalogs; and the machine's cores are the sessions', too.
 * What proves it: at least `at-once` connections got an answer, and pg_stat_database.sessions rose
 * by at least so many more than by the run's own sessions, whose rate is that of the baseline (none,
 * where there was no baseline). Connections that were refused since no slot was left (53300) are
 * counted beside them and go on trying.
 * What it leaves behind: nothing. Every loop ends its connection before it opens the next one.
 * It costs this machine, too, where the handshake has its other end: a storm that starves the load
 * generator makes the run invalid, as everything does that starves it.
 * Privileges: none. Blast radius: cluster, whose slots and cores it takes. Managed servers: works on
 * all, and is there felt by everybody.
 */
import { setTimeout as wait } from "node:timers/promises";
import { counted } from "../core/counted.ts";
import { type Fault, type FaultContext, nothingInForce } from "./fault.ts";
import { codeOf, tooManyConnections } from "./sqlstate.ts";

export const connectionStorm: Fault = {
  name: "connection-storm",
  summary: "AT-ONCE clients connect, log in and leave, again and again",
  radius: "cluster",
  dropsConnections: false,
  endsTransactions: false,
  parameters: {
    "at-once": { unit: "clients", min: 1, max: 1_000, default: 10, help: "how many at a time" },
  },

  // Whoever may run may connect.
  check: () => Promise.resolve([]),

  inject(context, parameters) {
    const seen = { connected: 0, refused: 0 };
    for (let client = 0; client < Number(parameters["at-once"]); client++) {
      context.background(async (over) => {
        while (!over.aborted) await comeAndLeave(context, seen);
      });
    }
    return Promise.resolve({ ...nothingInForce, figures: () => Promise.resolve({ ...seen }) });
  },

  prove({ baseline, fault, figures }, parameters) {
    const { connected = 0, refused = 0 } = figures;
    const told = `${counted(Number(connected), "connection")} came and went, ${refused} refused`;
    if (fault.server === null) {
      return { effective: false, evidence: `${told}; the server's statistics could not be read` };
    }
    const own = baseline?.server ? baseline.server.sessions / baseline.lengthMs : 0;
    const more = Math.floor(fault.server.sessions - own * fault.lengthMs);
    const atOnce = Number(parameters["at-once"]);
    return {
      effective: Number(connected) >= atOnce && more >= atOnce,
      evidence: `${told}; by the server's statistics ${counted(more, "session")} more than the run's own`,
    };
  },
};

interface StormSeen {
  connected: number;
  refused: number;
}

async function comeAndLeave(context: FaultContext, seen: StormSeen): Promise<void> {
  try {
    const connection = await context.connect();
    seen.connected++;
    await connection.end();
  } catch (error) {
    if (codeOf(error) !== tooManyConnections) throw error;
    seen.refused++;
    await wait(refusedPauseMs);
  }
}

/** A refusal costs the server next to nothing, and would be repeated thousands of times a second. */
const refusedPauseMs = 10;
