/**
 * wal-flood: the log is written faster than the load writes it.
 *
 * What it does: pg_logical_emit_message with random bytes, again and again, each in a transaction of
 * its own, at most `rate` of them a second, until `budget` of them were written.
 * Why it works: such a message is a record of the log and nothing else: no table changes. As its
 * transaction commits, the log is flushed, for everybody. Random bytes are not smaller when a file
 * system or a standby's connection compresses them. Sessions wait for the disk and for the locks on
 * the log (WALWrite, WALSync); archive, standbys and slots have to take it all.
 * What proves it: by its own reading of the log's position the log grew by at least what was emitted,
 * and faster than in the baseline.
 * What it leaves behind: log files, until a checkpoint finds that nobody needs them; up to
 * min_wal_size they stay as they are, for later use. Whoever may not look into pg_wal is not told.
 * Its budget: the bytes that it emits. Where the server's machine is not ours, whether there is room
 * for them is not checked.
 * Privileges: none (every login may call it unless that was revoked).
 * Blast radius: cluster, for all databases share the log. Managed servers: works on all, and the log
 * and its archive are paid for.
 */
import { setTimeout as wait } from "node:timers/promises";
import { budgetParameter, budgetText, megabytes, roomProblems } from "./budget.ts";
import { logFiles } from "./debts.ts";
import { type Fault, type FaultConnection, nothingInForce } from "./fault.ts";

const megabyte = 1024 ** 2;

export const walFlood: Fault = {
  name: "wal-flood",
  summary: "writes RATE of log a second for nothing, until BUDGET is spent",
  radius: "cluster",
  dropsConnections: false,
  endsTransactions: false,
  parameters: {
    budget: budgetParameter(256 * megabyte, "how much it writes in all"),
    rate: {
      unit: "bytes",
      min: megabyte,
      max: 16 * 1024 * megabyte,
      default: 32 * megabyte,
      help: "how much a second at most",
    },
  },

  async check(place, { budget }) {
    const [row] = await place.target.query(privilegeSql);
    const room = await roomProblems("wal-flood", place, Number(budget));
    if (row?.allowed === true) return room;
    return [
      ...room,
      `wal-flood needs EXECUTE on pg_logical_emit_message with bytes: grant it to ${String(row?.login)}`,
    ];
  },

  async inject(context, { budget, rate }) {
    const limits = { budgetBytes: Number(budget), bytesPerSecond: Number(rate) };
    const flood = { emitted: 0, logBytes: 0, ms: 0 };
    const connection = await context.connect();
    const emit = await emitter(connection, messageBytes(limits));
    context.background(async (over) => {
      while (!over.aborted && flood.emitted < limits.budgetBytes) {
        Object.assign(flood, await emit());
        const dueMs = (flood.emitted / limits.bytesPerSecond) * 1000 - flood.ms;
        // The only rejection is the end of the fault.
        await wait(Math.max(0, dueMs), undefined, { signal: over }).catch(() => undefined);
      }
    });
    return { ...nothingInForce, figures: () => Promise.resolve({ ...flood }) };
  },

  prove({ baseline, figures }, { budget }) {
    const emitted = Number(figures.emitted ?? 0);
    const logBytes = Number(figures.logBytes ?? 0);
    const seconds = Number(figures.ms ?? 0) / 1000;
    const flood = seconds > 0 ? logBytes / seconds : 0;
    const server = baseline?.server ?? null;
    const usual =
      server === null || baseline === null ? null : (server.walBytes * 1000) / baseline.lengthMs;
    return {
      effective: emitted > 0 && logBytes >= emitted && (usual === null || flood > usual),
      evidence:
        `it emitted ${megabytes(emitted)} in ${seconds.toFixed(1)} s while the log grew by ` +
        `${megabytes(logBytes)}, ${megabytes(flood)} a second` +
        (usual === null ? "" : ` (before: ${megabytes(usual)})`) +
        budgetText(emitted >= Number(budget), Number(budget)),
    };
  },
  debt: logFiles,
};

/** Its arguments differ from version to version; of the two kinds it is the one with bytes. */
const privilegeSql = `
  select current_user::text as login, exists (
      select from pg_catalog.pg_proc
      where proname = 'pg_logical_emit_message' and proargtypes[2] = 'pg_catalog.bytea'::regtype
        and pg_catalog.has_function_privilege(oid, 'execute')
    ) as allowed`;

/** So many at least in a second and in all, so that neither comes in lumps. */
const messagesMin = 10;

/** Longer ones are flushed no faster. */
const messageBytesMax = megabyte;

function messageBytes(limits: { readonly budgetBytes: number; readonly bytesPerSecond: number }) {
  const smaller = Math.min(limits.budgetBytes, limits.bytesPerSecond) / messagesMin;
  // Random bytes come 16 at a time.
  return 16 * Math.floor(Math.min(smaller, messageBytesMax) / 16);
}

interface Flood {
  /** Since the first message. */
  readonly emitted: number;
  readonly logBytes: number;
  readonly ms: number;
}

/** What a message is made of is kept at the server, for it costs much to draw or to send. */
async function emitter(connection: FaultConnection, bytes: number): Promise<() => Promise<Flood>> {
  await connection.query(noiseSql, [bytes / 16]);
  const [start] = await connection.query(
    "select pg_current_wal_insert_lsn()::text as lsn, clock_timestamp()::text as at",
  );
  let emitted = 0;
  return async () => {
    await connection.query(emitSql);
    emitted += bytes;
    const [row] = await connection.query(sinceSql, [start?.lsn, start?.at]);
    return { emitted, logBytes: Number(row?.bytes), ms: Number(row?.ms) };
  };
}

/** A setting of the session's own; their length is all that comes back. */
const noiseSql = `
  select length(set_config('loadgen.noise', encode(string_agg(uuid_send(gen_random_uuid()), ''), 'base64'), false))
  from generate_series(1, $1::int4)`;

const emitSql = `
  select pg_catalog.pg_logical_emit_message(true, 'loadgen/fault', decode(current_setting('loadgen.noise'), 'base64'))`;

const sinceSql = `
  select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), $1::pg_lsn)::float8 as bytes,
    (extract(epoch from clock_timestamp() - $2::timestamptz) * 1000)::float8 as ms`;
