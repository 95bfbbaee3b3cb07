/** How many more connections a server takes: asked before a run opens hundreds of them. */
import type { Connection } from "./connection.ts";

export interface ConnectionRoom {
  readonly max: number;
  /** Slots that this login may not use. */
  readonly reserved: number;
  /** Clients connected now, whoever they are; the connection that asked included. */
  readonly used: number;
  /** What is left for this login. */
  readonly free: number;
}

export interface ConnectionNeeds {
  readonly sessions: number;
  /** The sessions' connections and all of loadgen's own that are still to be opened. */
  readonly connections: number;
}

/** Sentences about what is missing, for the command line; empty if there is room. */
export async function connectionProblems(
  connection: Connection,
  needs: ConnectionNeeds,
): Promise<readonly string[]> {
  const room = await connectionRoom(connection);
  if (needs.connections <= room.free) return [];
  return [
    `--sessions ${needs.sessions} needs ${needs.connections} connections, but this server has room ` +
      `for ${room.free} (${roomText(room)}): lower --sessions or raise the setting.`,
  ];
}

/** Such as `max_connections 100, 3 reserved, 2 in use`. */
export function roomText(room: ConnectionRoom): string {
  const reserved = room.reserved === 0 ? "" : `${room.reserved} reserved, `;
  return `max_connections ${room.max}, ${reserved}${room.used} in use`;
}

/**
 * A superuser may use every slot; a member of pg_use_reserved_connections (since 16) all but the
 * superusers'. Other roles' sessions hide their type from a login without pg_read_all_stats, but
 * not their database, and background processes have none.
 */
export async function connectionRoom(connection: Connection): Promise<ConnectionRoom> {
  const [row] = await connection.query(
    `select current_setting('max_connections')::int4 as max,
            case when me.rolsuper then 0
                 else current_setting('superuser_reserved_connections')::int4
            end
            + case when me.rolsuper or me.uses_reserved then 0
                   else coalesce(current_setting('reserved_connections', true)::int4, 0)
              end as reserved,
            (select count(*)::int4
               from pg_catalog.pg_stat_activity
              where datid is not null
                and coalesce(backend_type, 'client backend') = 'client backend') as used
       from (select rolsuper,
                    coalesce((select pg_has_role(oid, 'usage') from pg_catalog.pg_roles
                               where rolname = 'pg_use_reserved_connections'), false) as uses_reserved
               from pg_catalog.pg_roles
              where rolname = current_user) as me`,
  );
  const max = Number(row?.max);
  const reserved = Number(row?.reserved);
  const used = Number(row?.used);
  return { max, reserved, used, free: Math.max(0, max - reserved - used) };
}
