/** What explaining needs of the server beside the plans: names of partitions, and to leave no trace. */
import { awaitFresh } from "../../observe/snapshots/fresh.ts";
import type { PartitionRoots } from "../../observe/plans/plan-shape.ts";
import type { Address } from "../../server/address.ts";
import { Connection } from "../../server/connection.ts";
import { awaitGone } from "../sessions-gone.ts";

/** Of partitions and of their indexes, which are named without a schema: it is their table's. */
export async function partitionRoots(connection: Connection): Promise<PartitionRoots> {
  const rows = await connection.query(`
    select part_schema.nspname || '.' || part.relname as name,
      case when root.relkind = 'I' then '' else root_schema.nspname || '.' end || root.relname as root
    from pg_catalog.pg_class part
    join pg_catalog.pg_namespace part_schema on part_schema.oid = part.relnamespace
    join pg_catalog.pg_class root on root.oid = pg_catalog.pg_partition_root(part.oid)
    join pg_catalog.pg_namespace root_schema on root_schema.oid = root.relnamespace
    where part.relispartition`);
  return new Map(rows.map(({ name, root }) => [String(name), String(root)]));
}

/** The numbers that sequences give are not taken back by ROLLBACK. */
interface Sequences {
  /** Lets those that went on give the same numbers again. Only where nobody else takes any. */
  restore(): Promise<void>;
}

const sequencesNow = `
  select format('%I.%I', schemaname, sequencename) as name,
    coalesce(last_value, start_value)::text as value,
    last_value is not null as called
  from pg_catalog.pg_sequences`;

export async function sequences(connection: Connection): Promise<Sequences> {
  const before = await connection.query(sequencesNow);
  return {
    async restore() {
      const now = await connection.query(sequencesNow);
      const values = new Map(now.map(({ name, value, called }) => [name, `${value} ${called}`]));
      for (const { name, value, called } of before) {
        if (values.get(name) === `${value} ${called}`) continue;
        await connection.query("select setval($1::regclass, $2::bigint, $3)", [
          name,
          value,
          called,
        ]);
      }
    },
  };
}

/**
 * Resolves once the statistics of the connections of this name are complete, and whoever reads them
 * sees them.
 */
export async function awaitCounted(address: Address, applicationName: string): Promise<void> {
  await awaitGone(address, applicationName);
  await Connection.use(address, "loadgen/counters", awaitFresh);
}
