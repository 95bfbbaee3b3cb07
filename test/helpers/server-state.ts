/**
 * What a fault could leave behind on the embedded server of a home folder, so that before and after
 * can be compared: all of it but the clones of runs that were killed, which go with their databases.
 */
import { readdir, readFile } from "node:fs/promises";
import type { Row } from "../../src/core/step.ts";
import type { Address } from "../../src/server/address.ts";
import { Connection } from "../../src/server/connection.ts";
import { hostControl } from "../../src/server/host-control.ts";
import type { Loadgen } from "./loadgen.ts";
import { until } from "./postgres.ts";

/** Each returns rows that must be the same again. */
const clusterQueries = {
  settings: `select name, setting, source from pg_settings
    where source not in ('session', 'client') order by name`,
  files:
    "select sourceline, name, setting, applied from pg_file_settings order by sourceline, name",
  roleSettings: "select setdatabase, setrole, setconfig from pg_db_role_setting order by 1, 2",
  roles: "select rolname, rolsuper, rolcanlogin, rolconnlimit from pg_roles order by rolname",
  slots: "select slot_name::text from pg_replication_slots order by 1",
  prepared: "select gid from pg_prepared_xacts order by gid",
  databases: `select datname::text, datallowconn, datconnlimit from pg_database
    where not starts_with(datname, 'loadgen_run_') order by datname`,
  locks: `select lock.locktype, lock.mode from pg_locks as lock
    join pg_stat_activity as activity using (pid)
    where activity.backend_type = 'client backend' and pid <> pg_backend_pid()`,
  sessions: `select application_name, state from pg_stat_activity
    where backend_type in ('client backend', 'walsender') and pid <> pg_backend_pid()`,
} as const;

/** A toast table by its owner: its own name has a number. The ledger of a run is part of its clone, as are extensions. */
const relationsSql = `
  select namespace.nspname::text as schema, class.relkind::text as kind,
    coalesce('toast of ' || owner.relname, class.relname)::text as name,
    (select array_agg(option order by option) from unnest(class.reloptions) as option) as options,
    (select count(*)::int4 from pg_trigger where tgrelid = class.oid) as triggers
  from pg_class as class
  join pg_namespace as namespace on namespace.oid = class.relnamespace
  left join pg_class as owner on owner.reltoastrelid = class.oid
  where namespace.nspname not in ('pg_catalog', 'information_schema', 'loadgen_ledger')
    and not (namespace.nspname = 'pg_toast' and owner.oid is null)
    and coalesce(owner.relnamespace, class.relnamespace)::regnamespace::text
      not in ('pg_catalog', 'information_schema', 'loadgen_ledger')
    and not exists (
      select from pg_depend where classid = 'pg_class'::regclass and objid = class.oid and deptype = 'e'
    )
  order by 1, 2, 3`;

const schemasSql = `
  select nspname::text as name from pg_namespace
  where nspname !~ '^pg_(temp|toast_temp)_' and nspname <> 'loadgen_ledger' order by 1`;

export async function clusterState(
  address: Address,
): Promise<Readonly<Record<string, readonly Row[]>>> {
  return Connection.use(address, "loadgen/test", async (connection) => {
    const state: Record<string, readonly Row[]> = {};
    for (const [name, sql] of Object.entries(clusterQueries))
      state[name] = await connection.query(sql);
    return state;
  });
}

export type DatabaseState = readonly (readonly Row[])[];

export async function databaseState(address: Address): Promise<DatabaseState> {
  return Connection.use(address, "loadgen/test", async (connection) => [
    await connection.query(relationsSql),
    await connection.query(schemasSql),
  ]);
}

/** Of what belongs to this home, but for the server: runs, and whatever they started. */
export async function processesOf({ home }: Loadgen): Promise<readonly number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const ours = await Promise.all(
    pids.map(async (pid) => {
      // One that ended meanwhile is none.
      const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
      return environment.split("\0").includes(`LOADGEN_HOME=${home}`);
    }),
  );
  return pids.filter((_, index) => ours[index] === true);
}

/** Waits until nothing of loadgen's is at work any more: a backend whose client was killed takes a moment. */
export async function untilQuiet(loadgen: Loadgen, address: Address): Promise<void> {
  await until(
    async () => (await processesOf(loadgen)).length === 0,
    "all processes of loadgen end",
  );
  await until(async () => (await clusterState(address)).sessions?.length === 0, "all sessions end");
}

export async function stoppedProcesses({ home }: Loadgen): Promise<number> {
  return (await hostControl(home).processes()).stopped;
}
