/** What was done to tables and indexes between two snapshots, and what they take up. Pure. */
import { countsOf, groupGrowth, type Grew, shareOf } from "./row-growth.ts";
import { type CounterRow, numberIn } from "./reading.ts";
import type { Inspected, SpaceSnapshot } from "./space.ts";
import type { RelationSize } from "./sizes.ts";

export interface BytesGrowth {
  readonly before: number;
  readonly after: number;
  /** Below 0: it shrank. */
  readonly grown: number;
}

/** A table with its partitions. */
export interface TableGrowth {
  readonly table: string;
  /** Those that store rows: 1, or its partitions. */
  readonly children: number;
  readonly inserted: number;
  readonly updated: number;
  readonly hotUpdated: number;
  readonly deleted: number;
  /** Of the updates, those that needed no new index entries; null: there were none. */
  readonly hotShare: number | null;
  readonly sequentialScans: number;
  readonly sequentialRows: number;
  readonly indexScans: number;
  readonly autovacuums: number;
  /** Blocks, of the toast tables too. */
  readonly heap: BlocksGrowth;
  readonly indexes: BlocksGrowth;
  /** Toast included; null: the sizes could not be read. */
  readonly tableBytes: BytesGrowth | null;
  readonly indexBytes: BytesGrowth | null;
}

export interface BlocksGrowth {
  readonly hit: number;
  readonly read: number;
}

/** An index with its partitions. */
export interface IndexGrowth {
  readonly index: string;
  readonly table: string;
  readonly children: number;
  readonly scans: number;
  readonly rowsRead: number;
  readonly blocks: BlocksGrowth;
  readonly bytes: BytesGrowth | null;
  /** How full its leaf pages were, in percent; null: pgstatindex did not look into it. */
  readonly leafDensity: { readonly before: number | null; readonly after: number | null };
}

/** What a table that stores rows holds, by pgstattuple_approx. */
export interface SpaceAt {
  readonly bytes: number;
  readonly deadRows: number;
  readonly deadBytes: number;
  readonly freeBytes: number;
}

export interface ChildSpace {
  readonly child: string;
  readonly table: string;
  /** Null: it was not looked into. */
  readonly before: SpaceAt | null;
  readonly after: SpaceAt | null;
}

type Rows = readonly CounterRow[] | null;
type Both<T> = Readonly<Record<"before" | "after", T>>;

const tableColumns = [
  "n_tup_ins",
  "n_tup_upd",
  "n_tup_hot_upd",
  "n_tup_del",
  "seq_scan",
  "seq_tup_read",
  "idx_scan",
  "autovacuum_count",
  "heap_blks_hit",
  "heap_blks_read",
  "toast_blks_hit",
  "toast_blks_read",
  "idx_blks_hit",
  "idx_blks_read",
  "tidx_blks_hit",
  "tidx_blks_read",
] as const;

/** By blocks touched. Null where the rows are not known. */
export function tablesBetween(
  rows: Both<Rows>,
  space: Both<SpaceSnapshot>,
  gaps: string[],
): readonly TableGrowth[] | null {
  if (rows.before === null || rows.after === null) return null;
  const { groups, fell } = groupGrowth(
    tableColumns,
    { before: rows.before, after: rows.after },
    { id: "relid", group: "root" },
  );
  for (const table of fell) gaps.push(`${countsOf}${table} were reset in between`);
  const bytes = (table: string, isIndex: boolean) =>
    bytesGrowth(space, (one) => one.rootTable === table && (one.kind === "index") === isIndex);
  return [...groups]
    .map(([table, { rows: children, grew }]) => ({
      table,
      children,
      ...tableFigures(grew),
      tableBytes: bytes(table, false),
      indexBytes: bytes(table, true),
    }))
    .sort((one, other) => touched(other) - touched(one));
}

function tableFigures(grew: Grew<(typeof tableColumns)[number]>) {
  return {
    inserted: grew.n_tup_ins,
    updated: grew.n_tup_upd,
    hotUpdated: grew.n_tup_hot_upd,
    deleted: grew.n_tup_del,
    hotShare: shareOf(grew.n_tup_hot_upd, grew.n_tup_upd),
    sequentialScans: grew.seq_scan,
    sequentialRows: grew.seq_tup_read,
    indexScans: grew.idx_scan,
    autovacuums: grew.autovacuum_count,
    heap: {
      hit: grew.heap_blks_hit + grew.toast_blks_hit,
      read: grew.heap_blks_read + grew.toast_blks_read,
    },
    indexes: {
      hit: grew.idx_blks_hit + grew.tidx_blks_hit,
      read: grew.idx_blks_read + grew.tidx_blks_read,
    },
  };
}

function touched({ heap, indexes }: TableGrowth): number {
  return heap.hit + heap.read + indexes.hit + indexes.read;
}

const indexColumns = ["idx_scan", "idx_tup_read", "idx_blks_hit", "idx_blks_read"] as const;

/** By blocks touched; those of partitions together. */
export function indexesBetween(
  rows: Both<Rows>,
  space: Both<SpaceSnapshot>,
  gaps: string[],
): readonly IndexGrowth[] | null {
  if (rows.before === null || rows.after === null) return null;
  const { groups, fell } = groupGrowth(
    indexColumns,
    { before: rows.before, after: rows.after },
    { id: "indexrelid", group: "root_index" },
  );
  for (const index of fell) gaps.push(`${countsOf}${index} were reset in between`);
  const tables = new Map(rows.after.map((row) => [String(row.root_index), String(row.root_table)]));
  return [...groups]
    .map(([index, { rows: children, grew }]) => ({
      index,
      table: tables.get(index) ?? "",
      children,
      scans: grew.idx_scan,
      rowsRead: grew.idx_tup_read,
      blocks: { hit: grew.idx_blks_hit, read: grew.idx_blks_read },
      bytes: bytesGrowth(space, (one) => one.rootIndex === index),
      leafDensity: {
        before: leafDensity(space.before, index),
        after: leafDensity(space.after, index),
      },
    }))
    .sort(
      (one, other) => other.blocks.hit + other.blocks.read - (one.blocks.hit + one.blocks.read),
    );
}

/** Of all its partitions that were looked into, by their leaf pages: NaN stands for one without any. */
function leafDensity({ indexes }: SpaceSnapshot, index: string): number | null {
  const parts = indexes
    .filter(({ rootIndex }) => rootIndex === index)
    .map(({ found }) => ({
      pages: numberIn(found, "leaf_pages") ?? 0,
      density: numberIn(found, "avg_leaf_density"),
    }))
    .filter((part): part is { pages: number; density: number } => part.density !== null);
  const pages = parts.reduce((sum, part) => sum + part.pages, 0);
  return shareOf(
    parts.reduce((sum, part) => sum + part.pages * part.density, 0),
    pages,
  );
}

/** Null: the sizes of one snapshot, or that of a relation that is meant, are not known. */
export function bytesGrowth(
  { before, after }: Both<SpaceSnapshot>,
  isMeant: (relation: RelationSize) => boolean,
): BytesGrowth | null {
  if (before.sizes === null || after.sizes === null) return null;
  const sum = (sizes: readonly RelationSize[]) =>
    sizes
      .filter(isMeant)
      .reduce<number | null>(
        (total, { bytes }) => (total === null || bytes === null ? null : total + bytes),
        0,
      );
  const [from, to] = [sum(before.sizes), sum(after.sizes)];
  if (from === null || to === null) return null;
  return { before: from, after: to, grown: to - from };
}

/** Of each table that either snapshot looked into. */
export function spaceBetween({ before, after }: Both<SpaceSnapshot>): readonly ChildSpace[] {
  const earlier = new Map(before.tables.map((one) => [one.oid, one]));
  const later = new Map(after.tables.map((one) => [one.oid, one]));
  return [...new Map([...earlier, ...later]).values()]
    .map(({ oid, name, rootTable }) => ({
      child: name,
      table: rootTable,
      before: spaceAt(earlier.get(oid)),
      after: spaceAt(later.get(oid)),
    }))
    .sort((one, other) => one.child.localeCompare(other.child));
}

function spaceAt(inspected: Inspected | undefined): SpaceAt | null {
  if (inspected === undefined) return null;
  const figure = (column: string) => numberIn(inspected.found, column) ?? 0;
  return {
    bytes: figure("table_len"),
    deadRows: figure("dead_tuple_count"),
    deadBytes: figure("dead_tuple_len"),
    freeBytes: figure("approx_free_space"),
  };
}
