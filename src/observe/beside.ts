/**
 * What everybody in the run's database waits for, by application_name, and how far vacuums are: by
 * samples while the run goes on, since before it and after it there is nobody to be seen.
 */
import type { Connection } from "../server/connection.ts";

/** Equal waits of busy connections, over all samples. */
export interface BesideWait {
  /** Without the number of a session: `loadgen/concurrent`, `loadgen/observer`, `psql`. */
  readonly application: string;
  /** Null, with the event "running": nothing, as far as the server knows. */
  readonly type: string | null;
  readonly event: string;
  readonly samples: number;
}

/** A table that was being vacuumed. */
export interface BesideVacuum {
  /** Schema-qualified. */
  readonly table: string;
  /** As pg_stat_progress_vacuum calls them: in how many samples it was in each. */
  readonly phases: Readonly<Record<string, number>>;
  /** Of the latest sample. */
  readonly heapBlocks: number;
  readonly heapBlocksScanned: number;
  readonly heapBlocksVacuumed: number;
}

export interface SeenBeside {
  readonly samples: number;
  readonly waits: readonly BesideWait[];
  readonly vacuums: readonly BesideVacuum[];
}

/** Names of others may differ without end. */
const kindsMax = 500;

/** The asking connection is busy asking, and would only count the samples. */
const waitsSql = `
  select regexp_replace(application_name, '^(loadgen/[^/]+)/.*$', '\\1') as application,
    wait_event_type as type, coalesce(wait_event, 'running') as event, count(*)::int4 as connections
  from pg_catalog.pg_stat_activity
  where datname = current_database() and backend_type = 'client backend'
    and pid <> pg_backend_pid() and state <> 'idle'
  group by 1, 2, 3`;

const vacuumsSql = `
  select namespace.nspname || '.' || class.relname as table, vacuum.phase,
    vacuum.heap_blks_total::float8 as total, vacuum.heap_blks_scanned::float8 as scanned,
    vacuum.heap_blks_vacuumed::float8 as vacuumed
  from pg_catalog.pg_stat_progress_vacuum vacuum
  join pg_catalog.pg_class class on class.oid = vacuum.relid
  join pg_catalog.pg_namespace namespace on namespace.oid = class.relnamespace
  where vacuum.datname = current_database() and vacuum.phase is not null`;

export class Beside {
  #samples = 0;
  readonly #waits = new Map<string, BesideWait>();
  readonly #vacuums = new Map<string, BesideVacuum>();

  /** One more sample. Throws ServerError. */
  async look(server: Pick<Connection, "query">): Promise<void> {
    const waits = await server.query(waitsSql);
    const vacuums = await server.query(vacuumsSql);
    this.#samples++;
    for (const { application, type, event, connections } of waits) {
      const wait = {
        application: String(application),
        type: type === null ? null : String(type),
        event: String(event),
      };
      const key = JSON.stringify(wait);
      const samples = (this.#waits.get(key)?.samples ?? 0) + Number(connections);
      keep(this.#waits, key, { ...wait, samples });
    }
    for (const { table, phase, total, scanned, vacuumed } of vacuums) {
      const name = String(table);
      const phases = this.#vacuums.get(name)?.phases ?? {};
      keep(this.#vacuums, name, {
        table: name,
        phases: { ...phases, [String(phase)]: (phases[String(phase)] ?? 0) + 1 },
        heapBlocks: Number(total),
        heapBlocksScanned: Number(scanned),
        heapBlocksVacuumed: Number(vacuumed),
      });
    }
  }

  /** Waits with the most samples first. */
  get seen(): SeenBeside {
    return {
      samples: this.#samples,
      waits: [...this.#waits.values()].sort((one, other) => other.samples - one.samples),
      vacuums: [...this.#vacuums.values()],
    };
  }
}

function keep<T>(known: Map<string, T>, key: string, value: T): void {
  if (known.has(key) || known.size < kindsMax) known.set(key, value);
}
