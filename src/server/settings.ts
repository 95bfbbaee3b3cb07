/** The embedded server's settings, and why each is as it is. What is not here is PostgreSQL's default. */

const megabyte = 1024 * 1024;

export interface SettingsInput {
  /** What the machine, or the container, has. */
  readonly memoryBytes: number;
  readonly port: number;
  readonly socketFolder: string;
}

/** One setting: its value as in postgresql.conf, and the reason. */
export interface Setting {
  readonly value: string;
  readonly why: string;
}

export function serverSettings(input: SettingsInput): Readonly<Record<string, Setting>> {
  return {
    listen_addresses: { value: "127.0.0.1", why: "Never reachable from outside." },
    port: { value: String(input.port), why: "Free when the server was started." },
    unix_socket_directories: {
      value: `"${input.socketFolder.replaceAll('"', '""')}"`,
      why: "Short enough for a socket's address.",
    },
    max_connections: { value: "1020", why: "1000 sessions, observers, and the reserved ones." },
    max_locks_per_transaction: {
      value: "512",
      why: "A call on 16 partitions takes 130 locks; 100 sessions overflow the default (53200).",
    },
    shared_preload_libraries: { value: "pg_stat_statements", why: "Statement statistics." },
    track_io_timing: { value: "on", why: "Tells waiting for the disk from computing." },
    track_functions: { value: "pl", why: "Counts and times the functions under test." },
    track_activity_query_size: { value: "4096", why: "A statement's tag stands at its end." },
    autovacuum_naptime: { value: "2s", why: "Vacuum must show within windows of seconds." },
    shared_buffers: {
      value: megabytes(input.memoryBytes / 4, { min: 128, max: 2048 }),
      why: "A quarter of memory, as the manual advises (19.4.1); 2 GB hold a small fixture.",
    },
    maintenance_work_mem: {
      value: megabytes(input.memoryBytes / 16, { min: 64, max: 512 }),
      why: "Indexes of a fixture are built in memory.",
    },
    max_wal_size: { value: "4GB", why: "Loading a fixture does not force checkpoints." },
    min_wal_size: { value: "512MB", why: "Runs recycle WAL files and do not create them." },
    fsync: { value: "on", why: "Commits cost what they cost in production." },
    password_encryption: { value: "scram-sha-256", why: "As pg_hba.conf demands." },
    timezone: { value: "UTC", why: "The same texts on every machine." },
    log_timezone: { value: "UTC", why: "As above." },
  };
}

/** The lines of a configuration file. */
export function settingsText(settings: Readonly<Record<string, Setting>>): string {
  const lines = Object.entries(settings).map(
    ([name, { value, why }]) => `${name} = '${value.replaceAll("'", "''")}'  # ${why}`,
  );
  return [
    "# Written by loadgen at every start of the server; changes are lost.",
    ...lines,
    "",
  ].join("\n");
}

function megabytes(bytes: number, limit: { readonly min: number; readonly max: number }): string {
  return `${Math.max(limit.min, Math.min(limit.max, Math.floor(bytes / megabyte)))}MB`;
}
