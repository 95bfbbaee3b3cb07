/** How the rows of a partitioned table lie over its children. Pure. */
import type { ActivitySnapshot } from "./activity-counters.ts";
import { type CounterRow, numberIn } from "./reading.ts";
import type { SpaceSnapshot } from "./space.ts";

/** A partitioned table; its children are the partitions that store rows. */
export interface PartitionedTable {
  /** Schema-qualified. */
  readonly table: string;
  readonly children: number;
  /** Children with rows. */
  readonly used: number;
  /** In all children, estimated where pgstattuple did not look into one. */
  readonly rows: number;
  /** Of the fullest child by the mean over all children, empty ones included; null: there are no rows. */
  readonly fullestToMean: number | null;
  readonly leaves: readonly { readonly child: string; readonly rows: number }[];
}

/** Of every partitioned table; null: the tables could not be read. */
export function partitionsOf({
  tableActivity,
  space,
}: Pick<ActivitySnapshot, "tableActivity"> & {
  readonly space: SpaceSnapshot;
}): readonly PartitionedTable[] | null {
  if (tableActivity === null) return null;
  const counted = new Map(
    space.tables.map(({ oid, found }) => [oid, numberIn(found, "approx_tuple_count")]),
  );
  const byRoot = new Map<string, { child: string; rows: number }[]>();
  for (const row of tableActivity) {
    const child = `${String(row.schemaname)}.${String(row.relname)}`;
    const root = String(row.root);
    if (root === child) continue;
    const rows = counted.get(Number(row.relid)) ?? estimatedRows(row);
    byRoot.set(root, [...(byRoot.get(root) ?? []), { child, rows }]);
  }
  return [...byRoot].map(([table, leaves]) => distribution(table, leaves));
}

/**
 * The server's own count is absolute once a VACUUM or ANALYZE has set it. Until then it counts from
 * zero, in a clone from what the template had, of which pg_class.reltuples is the estimate (-1: none).
 */
function estimatedRows(row: CounterRow): number {
  const wasSet = ["last_vacuum", "last_autovacuum", "last_analyze", "last_autoanalyze"].some(
    (column) => row[column] !== null && row[column] !== undefined,
  );
  const live = numberIn(row, "n_live_tup") ?? 0;
  return wasSet ? live : live + Math.max(0, numberIn(row, "reltuples") ?? 0);
}

function distribution(table: string, leaves: PartitionedTable["leaves"]): PartitionedTable {
  const rows = leaves.reduce((sum, leaf) => sum + leaf.rows, 0);
  const fullest = Math.max(...leaves.map((leaf) => leaf.rows));
  return {
    table,
    children: leaves.length,
    used: leaves.filter((leaf) => leaf.rows > 0).length,
    rows,
    fullestToMean: rows === 0 ? null : (fullest * leaves.length) / rows,
    leaves,
  };
}
