/**
 * pool-limit: at most `max` sessions may use their connection at a time.
 *
 * What it does, with via=gate: narrows a gate in front of the sessions' connections, as an undersized
 * connection pool does. Sessions inside finish; the others queue, and their waiting is a histogram of
 * its own. With via=pgbouncer: the sessions go through a real PgBouncer, which loadgen starts in front
 * of the run's database with a pool that is wide enough (transaction pooling), and whose pool is
 * narrowed to `max` connections. It hands on who a session is before each transaction, and sessions
 * parse each statement each time, since not every PgBouncer keeps prepared ones: both cost something,
 * in the baseline, too.
 * Why it works: a session needs its connection for the whole transaction, so the gate bounds what
 * the server sees busy at once, from when those are done who were inside as it narrowed. PgBouncer
 * closes its connections as their transactions end, and opens no more than it may.
 * What proves it: transactions waited at the gate, where a connection pool adds nothing, or clients
 * in PgBouncer by its own account; and the server never saw more than `max` sessions busy, at the
 * latest from when everything is over that may have been inside at the start of the window. A gate
 * that lets one too many in is seen then.
 * What it leaves behind: nothing. The gate lives in the generator's memory, and PgBouncer ends with
 * the generator, so there is nothing to journal: it goes when the run ends, however it ends.
 * Privileges: none. Blast radius: session. Managed servers: works on all; via=pgbouncer needs it
 * installed where loadgen runs, a connection without TLS, and a password, if any, that is in the URL
 * or in PGPASSWORD.
 */
import type { FaultEvidence } from "../core/evidence.ts";
import { type Fault, type FaultContext, type InForce, nothingInForce } from "./fault.ts";
import { pgbouncerProblems, pgbouncerProgram } from "./pgbouncer.ts";
import { repeatedly } from "./repeatedly.ts";

export const poolLimit: Fault = {
  name: "pool-limit",
  summary: "at most MAX sessions may use their connection at a time, as with a small pool",
  radius: "session",
  dropsConnections: false,
  endsTransactions: false,
  parameters: {
    max: { unit: "sessions", min: 1, max: 10_000, default: null, help: "how many at a time" },
    via: { choices: ["gate", "pgbouncer"], default: "gate", help: "what is narrowed" },
  },
  via: ({ via }) => (via === "pgbouncer" ? "pooler" : null),

  check: ({ target }, { via }) =>
    via === "pgbouncer" ? pgbouncerProblems(target, pgbouncerProgram()) : Promise.resolve([]),

  inject: (context, { max, via }) =>
    via === "pgbouncer"
      ? narrowPgbouncer(context, Number(max))
      : Promise.resolve(narrowGate(context, Number(max))),

  prove(evidence, { max, via }) {
    const limit = Number(max);
    const { activity, settled } = evidence.fault;
    const held = [activity, settled].some(({ samples, busy }) => samples > 0 && busy.max <= limit);
    const { felt, text } = via === "pgbouncer" ? waitingInside(evidence) : waitingAtGate(evidence);
    return {
      effective: held && felt,
      evidence:
        `the server saw at most ${activity.busy.max} busy sessions in ${activity.samples} samples, ` +
        `at most ${settled.busy.max} in the ${settled.samples} after those inside at the start were done ` +
        `(limit ${limit}); ${text}`,
    };
  },
};

function narrowGate({ sessions }: FaultContext, max: number): InForce {
  sessions.limitConnections(max);
  const release = () => {
    sessions.limitConnections(null);
    return Promise.resolve();
  };
  return { ...nothingInForce, release };
}

/** A queue that lasts is seen at one look or another. */
const lookingEveryMs = 100;

async function narrowPgbouncer(context: FaultContext, max: number): Promise<InForce> {
  const { pooler } = context;
  if (pooler === null) throw new Error("the sessions do not go through PgBouncer");
  await pooler.limitPool(max);
  const seen = { waitingSum: 0, waitingMax: 0, looks: 0 };
  context.background((over) =>
    repeatedly(lookingEveryMs, over, async () => {
      const { waiting } = await pooler.pools();
      seen.waitingSum += waiting;
      seen.waitingMax = Math.max(seen.waitingMax, waiting);
      seen.looks++;
    }),
  );
  return { figures: () => Promise.resolve({ ...seen }), release: () => pooler.limitPool(null) };
}

/** Passing an open gate takes some microseconds; a wait that is on average below this is no queue. */
const waitUsMin = 100;

/** One client in one look of ten: somebody waits for a moment wherever a connection is opened. */
const waitingMin = 0.1;

/** A limit that nobody ever had to wait for limits nothing. */
interface Felt {
  readonly felt: boolean;
  readonly text: string;
}

function waitingAtGate({ fault }: FaultEvidence): Felt {
  const { count, meanUs } = fault.gateWait;
  const meanMs = (meanUs / 1000).toFixed(1);
  return {
    felt: meanUs >= waitUsMin,
    text: `the mean wait at the gate was ${meanMs} ms over ${count} transactions`,
  };
}

function waitingInside({ figures }: FaultEvidence): Felt {
  const { waitingSum = 0, waitingMax = 0, looks = 0 } = figures;
  const mean = Number(waitingSum) / Math.max(1, Number(looks));
  return {
    felt: mean >= waitingMin,
    text: `PgBouncer had ${mean.toFixed(1)} clients waiting on the average of ${looks} looks, at most ${waitingMax}`,
  };
}
