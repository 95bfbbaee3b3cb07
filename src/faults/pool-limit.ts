/**
 * pool-limit: at most `max` sessions may use their connection at a time.
 *
 * What it does: with via=gate it narrows a gate in front of the sessions' connections, as an undersized
 * connection pool does. Sessions inside finish; the others queue, and their waiting is a histogram of
 * its own. With via=pgbouncer the sessions go through a real PgBouncer, which loadgen starts in front
 * of the run's database with a pool that is wide enough (transaction pooling), and whose pool is
 * narrowed to `max` connections. It hands on who a session is before each transaction, and sessions
 * parse each statement each time, since not every PgBouncer keeps prepared ones: both cost something,
 * in the baseline, too. The sessions of the engine k6 share no gate: there via=pgbouncer is all there is.
 * Why it works: a session needs its connection for the whole transaction, so the gate bounds what
 * the server sees busy at once, from when those are done who were inside as it narrowed. PgBouncer
 * closes its connections as their transactions end, and opens no more than it may.
 * What proves it: transactions waited at the gate, where a connection pool adds nothing, and the
 * server never saw more than `max` sessions busy, at the latest from when everything is over that
 * may have been inside at the start of the window. A gate that lets one too many in is seen then.
 * Of PgBouncer its own account says who waits, and the server is asked beside the observer, from when
 * the connections are gone that were too many.
 * What it leaves behind: nothing. The gate lives in the generator's memory, and PgBouncer ends with
 * the generator, so there is nothing to journal: it goes when the run ends, however it ends.
 * Privileges: none. Blast radius: session. Managed servers: works on all; via=pgbouncer needs it
 * installed where loadgen runs, a connection without TLS, and a password, if any, that is in the URL
 * or in PGPASSWORD.
 */
import { counted } from "../core/counted.ts";
import type { FaultEvidence } from "../core/evidence.ts";
import {
  type Fault,
  type FaultContext,
  type InForce,
  nothingInForce,
  type Proof,
} from "./fault.ts";
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
  // No gate of this process is in their way.
  onK6: {
    via: { choices: ["pgbouncer"], default: "pgbouncer", help: "k6's sessions share no gate" },
  },
  via: ({ via }) => (via === "pgbouncer" ? "pooler" : null),

  check: ({ target }, { via }) =>
    via === "pgbouncer" ? pgbouncerProblems(target, pgbouncerProgram(), wish) : Promise.resolve([]),

  inject: (context, { max, via }) =>
    via === "pgbouncer"
      ? narrowPgbouncer(context, Number(max))
      : Promise.resolve(narrowGate(context, Number(max))),

  prove: (evidence, { max, via }) =>
    via === "pgbouncer" ? provePgbouncer(evidence, Number(max)) : proveGate(evidence, Number(max)),
};

const wish = {
  by: "pool-limit:via=pgbouncer",
  otherwise: "take via=gate, which the engine pg has",
};

function narrowGate({ sessions }: FaultContext, max: number): InForce {
  sessions.limitConnections(max);
  const release = () => {
    sessions.limitConnections(null);
    return Promise.resolve();
  };
  return { ...nothingInForce, release };
}

/** Passing an open gate takes some microseconds; a wait that is on average below this is no queue. */
const waitUsMin = 100;

function proveGate({ fault }: FaultEvidence, limit: number): Proof {
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
}

/** A queue that lasts is seen at one look or another. */
const lookingEveryMs = 100;

/** One client in one look of ten: somebody waits for a moment wherever a connection is opened. */
const waitingMin = 0.1;

/** It looks from when PgBouncer has closed what was too much: that takes it as long as a transaction. */
async function narrowPgbouncer(context: FaultContext, max: number): Promise<InForce> {
  const { pooler } = context;
  if (pooler === null) throw new Error("the sessions do not go through PgBouncer");
  await pooler.limitPool(max);
  const seen = { looks: 0, busyMax: 0, waitingMax: 0, waitingSum: 0 };
  context.background((over) =>
    repeatedly(lookingEveryMs, over, async () => {
      const [{ waiting }, busy] = await Promise.all([pooler.pools(), busySessions(context)]);
      seen.looks++;
      seen.busyMax = Math.max(seen.busyMax, busy);
      seen.waitingMax = Math.max(seen.waitingMax, waiting);
      seen.waitingSum += waiting;
    }),
  );
  return { figures: () => Promise.resolve({ ...seen }), release: () => pooler.limitPool(null) };
}

/** At the server: at work, or in a transaction. */
async function busySessions({ target, sessions }: FaultContext): Promise<number> {
  const [row] = await target.query(
    `select count(*)::int4 as busy
     from pg_catalog.pg_stat_activity
     where datname = current_database() and backend_type = 'client backend'
       and starts_with(application_name, $1) and state <> 'idle'`,
    [sessions.prefix],
  );
  return Number(row?.busy);
}

function provePgbouncer({ figures }: FaultEvidence, limit: number): Proof {
  const { looks = 0, busyMax = 0, waitingMax = 0, waitingSum = 0 } = figures;
  const waiting = Number(waitingSum) / Math.max(1, Number(looks));
  return {
    effective: Number(looks) > 0 && Number(busyMax) <= limit && waiting >= waitingMin,
    evidence:
      `in ${counted(Number(looks), "look")} the server had at most ${busyMax} busy sessions (limit ${limit}), ` +
      `and PgBouncer ${waiting.toFixed(1)} clients waiting on the average, at most ${waitingMax}`,
  };
}
