/** What the login may do on this server, as far as loadgen cares. */
import type { Connection } from "./connection.ts";

export interface Privileges {
  readonly superuser: boolean;
  /** CREATEDB: for fixtures and clones. */
  readonly createDatabase: boolean;
  /** Sees other roles' sessions and autovacuum: pg_read_all_stats, which pg_monitor includes. */
  readonly monitor: boolean;
  /** May end other roles' sessions: pg_signal_backend. Its own it may always end. */
  readonly signalBackend: boolean;
  /** May write a checkpoint: pg_checkpoint, since 15; before that a superuser only. */
  readonly checkpoint: boolean;
}

export async function privilegesOf(connection: Connection): Promise<Privileges> {
  const [row] = await connection.query(
    `select rolsuper as superuser,
            rolsuper or rolcreatedb as create_database,
            pg_has_role('pg_read_all_stats', 'usage') as monitor,
            pg_has_role('pg_signal_backend', 'usage') as signal_backend,
            rolsuper or coalesce(
              (select pg_has_role(oid, 'usage') from pg_catalog.pg_roles where rolname = 'pg_checkpoint'),
              false) as checkpoint
       from pg_catalog.pg_roles
      where rolname = current_user`,
  );
  return {
    superuser: row?.superuser === true,
    createDatabase: row?.create_database === true,
    monitor: row?.monitor === true,
    signalBackend: row?.signal_backend === true,
    checkpoint: row?.checkpoint === true,
  };
}
