/**
 * What the server did between before.json and after.json, computed: run.json's `serverActivity`. What
 * cannot be told, since counts were reset or lost in between, is named and has no figure. Pure.
 */
import { lossBetween, wasReset } from "./counters.ts";
import { growthBetween } from "./growth.ts";
import type { PartitionedTable } from "./partitions.ts";
import { type CounterRow, type MissingPart, numberIn } from "./reading.ts";
import { countsOf, shareOf } from "./row-growth.ts";
import type { Snapshot } from "./snapshot.ts";
import type { LeftOut } from "./space.ts";
import {
  type FunctionGrowth,
  functionsBetween,
  type StatementsGrowth,
  statementsBetween,
} from "./statement-growth.ts";
import {
  bytesGrowth,
  type ChildSpace,
  type IndexGrowth,
  indexesBetween,
  spaceBetween,
  type TableGrowth,
  tablesBetween,
} from "./table-growth.ts";

type Counters = Readonly<Record<string, number>>;

export interface ServerActivity {
  /** Sentences: what is not known since counts were reset or lost in between. */
  readonly gaps: readonly string[];
  /** Of what a server of this version, or this role, did not give, be it before the run only. */
  readonly missing: readonly MissingPart[];
  /** By view: the counters that grew. */
  readonly views: Readonly<Record<string, Counters>>;
  /** pg_stat_io, of the whole server: what grew. */
  readonly io: readonly {
    readonly backendType: string;
    readonly object: string;
    readonly context: string;
    readonly counters: Counters;
  }[];
  readonly statements: StatementsGrowth | null;
  readonly functions: readonly FunctionGrowth[] | null;
  readonly tables: readonly TableGrowth[] | null;
  readonly indexes: readonly IndexGrowth[] | null;
  /** Dead and free space of each table that stores rows. */
  readonly space: readonly ChildSpace[];
  /** What the bounded looks into tables and indexes left out, afterwards. */
  readonly leftOut: readonly LeftOut[];
  readonly partitions: readonly PartitionsBetween[];
}

export interface PartitionsBetween {
  readonly table: string;
  /** Null: the table was not there then, or could not be read. */
  readonly before: PartitionedTable | null;
  readonly after: PartitionedTable | null;
}

export function serverActivityBetween(before: Snapshot, after: Snapshot): ServerActivity {
  const loss = lossBetween(before, after);
  const isLost = loss !== null;
  const gaps = isLost ? [loss] : [];
  const space = { before: before.space, after: after.space };
  const rowsOf = (name: "tableActivity" | "indexActivity") =>
    isLost ? { before: null, after: null } : { before: before[name], after: after[name] };
  return {
    missing: after.missing,
    views: isLost ? {} : viewsBetween(before, after, gaps),
    io: isLost ? [] : ioBetween(before.io, after.io, gaps),
    statements: statementsBetween(before.statements, after.statements, gaps),
    functions: isLost ? null : functionsBetween(before.functions, after.functions, gaps),
    tables: tablesBetween(rowsOf("tableActivity"), space, gaps),
    indexes: indexesBetween(rowsOf("indexActivity"), space, gaps),
    space: spaceBetween(space),
    leftOut: after.space.leftOut,
    partitions: partitionsBetween(before.partitions ?? [], after.partitions ?? []),
    gaps,
  };
}

function viewsBetween(
  before: Snapshot,
  after: Snapshot,
  gaps: string[],
): Readonly<Record<string, Counters>> {
  for (const [view, name] of [
    ["pg_stat_wal", "wal"],
    ["pg_stat_bgwriter", "backgroundWriter"],
    ["pg_stat_checkpointer", "checkpointer"],
  ] as const) {
    if (wasReset(before, after, name)) gaps.push(`${view} was reset in between`);
  }
  const grown = growthBetween({ ...before, tables: null }, { ...after, tables: null });
  if (grown.kind === "restarted") return {};
  return Object.fromEntries(
    grown.growths.map(({ place, counters }) => [
      place,
      Object.fromEntries(counters.map(({ name, grown: by }) => [name, by])),
    ]),
  );
}

type IoRows = Snapshot["io"];

function ioBetween(before: IoRows, after: IoRows, gaps: string[]): ServerActivity["io"] {
  const keyOf = (row: CounterRow) => `${row.backend_type}/${row.object}/${row.context}`;
  const earlier = new Map(before?.map((row) => [keyOf(row), row]));
  const isReset = (row: CounterRow) =>
    earlier.has(keyOf(row)) && earlier.get(keyOf(row))?.stats_reset !== row.stats_reset;
  if (after?.some(isReset)) gaps.push("pg_stat_io was reset in between");
  return (after ?? []).flatMap((row) => {
    const from = earlier.get(keyOf(row));
    if (from === undefined || isReset(row)) return [];
    const counters = Object.entries(row).flatMap(([name, value]) => {
      // The size of a block, before 18, is none of it.
      const grown = typeof value === "number" ? value - (numberIn(from, name) ?? 0) : 0;
      return grown === 0 ? [] : [[name, grown] as const];
    });
    if (counters.length === 0) return [];
    return {
      backendType: String(row.backend_type),
      object: String(row.object),
      context: String(row.context),
      counters: Object.fromEntries(counters),
    };
  });
}

function partitionsBetween(
  before: readonly PartitionedTable[],
  after: readonly PartitionedTable[],
): readonly PartitionsBetween[] {
  const names = new Set([...before, ...after].map(({ table }) => table));
  const at = (tables: readonly PartitionedTable[], name: string) =>
    tables.find(({ table }) => table === name) ?? null;
  return [...names].map((table) => ({
    table,
    before: at(before, table),
    after: at(after, table),
  }));
}

/** Further figures by which runs compare, beside those of the server's plain counters. */
export interface ActivityPerTransaction {
  /** Own time of all functions that are counted (track_functions), in microseconds. */
  readonly functionUs: number | null;
  /** Of all updates in the database, those that were HOT, from 0 to 1; null: there were none. */
  readonly hotShare: number | null;
  /** Of tables with their toast tables, and of all indexes; below 0: they shrank. */
  readonly tableBytesGrown: number | null;
  readonly indexBytesGrown: number | null;
}

export function activityPerTransaction(
  before: Snapshot,
  after: Snapshot,
  committed: number,
): ActivityPerTransaction {
  const each = (total: number | undefined) =>
    total === undefined || committed === 0 ? null : total / committed;
  const { functionMs, hotShare } = countedBetween(before, after);
  const space = { before: before.space, after: after.space };
  return {
    functionUs: functionMs === null ? null : each(1000 * functionMs),
    hotShare,
    tableBytesGrown: each(bytesGrowth(space, ({ kind }) => kind !== "index")?.grown),
    indexBytesGrown: each(bytesGrowth(space, ({ kind }) => kind === "index")?.grown),
  };
}

/** Of all functions and of all tables: where one of them was reset, there is no sum. */
function countedBetween(before: Snapshot, after: Snapshot) {
  const { gaps, functions, tables } = serverActivityBetween(before, after);
  const isWhole = !gaps.some((gap) => gap.startsWith(countsOf));
  const sum = (figure: (table: TableGrowth) => number) =>
    tables?.reduce((total, table) => total + figure(table), 0) ?? 0;
  return {
    functionMs:
      functions !== null && isWhole
        ? functions.reduce((total, { selfMs }) => total + selfMs, 0)
        : null,
    hotShare: isWhole
      ? shareOf(
          sum(({ hotUpdated }) => hotUpdated),
          sum(({ updated }) => updated),
        )
      : null,
  };
}
