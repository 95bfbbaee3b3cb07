/**
 * What makes two runs comparable: the server, its settings and the machine. Stored with every run,
 * so nothing secret may be in it, and nothing that differs between equal servers.
 */
import os from "node:os";
import { type Connection, ServerError } from "./connection.ts";

export interface ServerFingerprint {
  /** Such as "18.4". */
  readonly version: string;
  /** Such as 180004. */
  readonly versionNumber: number;
  /** Of the cluster, as decimal digits; null where the login may not read it. */
  readonly systemIdentifier: string | null;
  /** Values with units as the server shows them, in order of name. */
  readonly settings: Readonly<Record<string, string>>;
  /** Installed in the database of the connection: name to version. */
  readonly extensions: Readonly<Record<string, string>>;
}

/** The machine that loadgen runs on; the server may be on another. */
export interface MachineFingerprint {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  /** Such as "Linux 6.1.0 x64". */
  readonly kernel: string;
  /** Such as "20.19.2". */
  readonly node: string;
}

/** Reads the fingerprint over a connection to the database that the run uses. */
export async function serverFingerprint(connection: Connection): Promise<ServerFingerprint> {
  const [version] = await connection.query(
    `select split_part(current_setting('server_version'), ' ', 1) as version,
            current_setting('server_version_num')::int4 as version_number`,
  );
  return {
    version: String(version?.version),
    versionNumber: Number(version?.version_number),
    systemIdentifier: await systemIdentifierOf(connection),
    settings: await settingsOf(connection),
    extensions: await pairs(
      connection,
      "select extname::text as name, extversion as value from pg_catalog.pg_extension order by extname",
    ),
  };
}

export function machineFingerprint(): MachineFingerprint {
  return {
    cpu: os.cpus()[0]?.model.trim() ?? "unknown",
    cores: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    kernel: `${os.type()} ${os.release()} ${os.arch()}`,
    node: process.versions.node,
  };
}

/** Null where an administrator has taken the privilege to ask away (42501, insufficient_privilege). */
export async function systemIdentifierOf(connection: Connection): Promise<string | null> {
  try {
    const [row] = await connection.query(
      "select system_identifier::text as identifier from pg_catalog.pg_control_system()",
    );
    return String(row?.identifier);
  } catch (error) {
    if (error instanceof ServerError && error.code === "42501") return null;
    throw error;
  }
}

/** Recorded even at their defaults, since defaults differ between versions. */
const alwaysRecorded = [
  "autovacuum",
  "autovacuum_max_workers",
  "autovacuum_naptime",
  "autovacuum_vacuum_cost_delay",
  "autovacuum_vacuum_cost_limit",
  "autovacuum_vacuum_scale_factor",
  "checkpoint_completion_target",
  "checkpoint_timeout",
  "data_checksums",
  "deadlock_timeout",
  "default_transaction_isolation",
  "effective_cache_size",
  "effective_io_concurrency",
  "fsync",
  "full_page_writes",
  "huge_pages",
  "io_method",
  "jit",
  "maintenance_work_mem",
  "max_connections",
  "max_locks_per_transaction",
  "max_parallel_workers_per_gather",
  "max_wal_size",
  "plan_cache_mode",
  "random_page_cost",
  "shared_buffers",
  "shared_preload_libraries",
  "synchronous_commit",
  "track_functions",
  "track_io_timing",
  "wal_buffers",
  "wal_compression",
  "wal_level",
  "wal_sync_method",
  "work_mem",
];

/**
 * Left out: what is set for this one connection; commands, connection strings, files and folders,
 * which may hold secrets or lead to them; where the server listens; and extensions' own settings,
 * which may be keys, but for those known to matter.
 */
async function settingsOf(connection: Connection): Promise<Readonly<Record<string, string>>> {
  return pairs(
    connection,
    `select name, current_setting(name) as value
       from pg_catalog.pg_settings
      where (source not in ('default', 'override', 'client', 'session') or name = any ($1))
        and name !~ '(_command|_conninfo|_file|_directory|_directories|_path)$'
        and name not in ('port', 'listen_addresses', 'cluster_name', 'primary_slot_name')
        and (name !~ '\\.' or name ~ '^(auto_explain|pg_stat_statements|plpgsql)\\.')
      order by name`,
    [alwaysRecorded],
  );
}

/** Rows of name and value as an object. */
async function pairs(
  connection: Connection,
  sql: string,
  parameters: readonly unknown[] = [],
): Promise<Readonly<Record<string, string>>> {
  const rows = await connection.query(sql, parameters);
  return Object.fromEntries(rows.map((row) => [String(row.name), String(row.value)]));
}
