/**
 * What is read once a second beside the observer's looks: the database's counters of transactions,
 * and the clocks of the machine. A backend hands over its counts at most once a second, and not
 * within a transaction: a rate over many seconds is right, that of a single one may lag.
 */
import { observerName } from "../observe/activity.ts";
import type { Timed } from "../observe/history.ts";
import type { HostReading } from "../observe/host.ts";
import type { Link } from "../observe/link.ts";
import { ServerError } from "../server/connection.ts";

/** The counters count since some time, the same one for all readings of an epoch. */
export interface Counts {
  /** Changes when the server is started again, or its statistics are reset. */
  readonly epoch: string;
  readonly commits: number;
  readonly rollbacks: number;
  /** Of other application names than the watched one in this database: their transactions are counted, too. */
  readonly otherBackends: number;
}

export interface Reading extends Timed, Counts {
  /** Transactions of the watching itself by then: they are among the commits. */
  readonly ownTransactions: number;
  readonly host: HostReading | null;
}

const countsSql = `
  with backends as materialized (
    select datname, application_name, backend_type
    from pg_catalog.pg_stat_activity
    where application_name <> '${observerName}'
  )
  select concat_ws('/', pg_postmaster_start_time(), d.stats_reset) as epoch,
    d.xact_commit::float8 as commits,
    d.xact_rollback::float8 as rollbacks,
    (select count(*)::int4 from backends
      where datname = d.datname and not starts_with(application_name, $1)
        and coalesce(backend_type, 'client backend') = 'client backend') as other_backends,
    (select count(*)::int4 from backends
      where datname = d.datname and starts_with(application_name, $1)
        and backend_type is null) as hidden_backends,
    current_user::text as role,
    current_setting('track_activities') as track_activities
  from pg_catalog.pg_stat_database d
  where d.datname = current_database()`;

/**
 * `prefix`: of the watched application names. Throws ServerError, also where the watched backends
 * can be seen to exist and nothing else of them: every figure would then be wrong.
 */
export async function readCounts(link: Link, prefix: string): Promise<Counts> {
  const [row] = await link.query(countsSql, [prefix]);
  const hidden = Number(row?.hidden_backends);
  // Without the privilege the view has nulls for what another role's backends do (manual, 27.2.3).
  if (hidden > 0) {
    throw new ServerError(
      `the role ${String(row?.role)} may not see what ${hidden} of the backends do whose ` +
        `application_name begins with "${prefix}", since they are another role's: ` +
        `grant pg_read_all_stats to ${String(row?.role)} (pg_monitor includes it)`,
      "42501",
    );
  }
  if (row?.track_activities === "off") {
    throw new ServerError(
      "track_activities is off, so the server does not tell what its backends do: set it on",
      "55000",
    );
  }
  return {
    epoch: String(row?.epoch),
    commits: Number(row?.commits),
    rollbacks: Number(row?.rollbacks),
    otherBackends: Number(row?.other_backends),
  };
}

/** Transactions that the server ended in a database, the watching's own left out. */
export interface Rates {
  readonly seconds: number;
  readonly committedPerSecond: number;
  readonly rolledBackPerSecond: number;
}

/** Null where no two readings of an epoch follow one another: then nothing is known. */
export function ratesIn(readings: readonly Reading[]): Rates | null {
  const pairs = readings.slice(1).flatMap((end, index) => {
    const start = readings[index];
    return start?.epoch === end.epoch ? [{ start, end }] : [];
  });
  const sum = (growth: (pair: { start: Reading; end: Reading }) => number) =>
    pairs.reduce((total, pair) => total + growth(pair), 0);
  const seconds = sum(({ start, end }) => end.sentMs - start.sentMs) / 1000;
  if (seconds <= 0) return null;
  const own = sum(({ start, end }) => end.ownTransactions - start.ownTransactions);
  const commits = sum(({ start, end }) => end.commits - start.commits);
  return {
    seconds,
    // Our own last ones may not have been handed over yet.
    committedPerSecond: Math.max(0, commits - own) / seconds,
    rolledBackPerSecond: sum(({ start, end }) => end.rollbacks - start.rollbacks) / seconds,
  };
}
