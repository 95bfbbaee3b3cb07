/** Whether dead rows and sizes of the tables level off over the vacuums that a run saw. Pure. */
import type { Plan } from "../core/plan.ts";
import { type Levels, levelsOf, type TableReading } from "../metrics/vacuum-cycles.ts";
import { tablesIntervalMsMax } from "../observe/observer.ts";
import type { TablesAt } from "../observe/sightings.ts";
import type { TableCounts, TableSnapshot } from "../observe/tables.ts";
import type { Seen } from "./windows.ts";

/** Of a table with its partitions. */
export type Soaked = Levels & { readonly table: string };

/** Enough for three cycles of a minute each, which is how often autovacuum looks unless told otherwise. */
const readingsWanted = 180;

/** A look takes some milliseconds of a core: more often it would be part of the load. */
const tablesIntervalMsMin = 2_000;

/** How often the tables are read. */
export function tablesIntervalOf({ durationMs }: Pick<Plan, "durationMs">): number {
  const wantedMs = durationMs === null ? 0 : durationMs / readingsWanted;
  return Math.round(Math.min(tablesIntervalMsMax, Math.max(tablesIntervalMsMin, wantedMs)));
}

/** Of the tables that were written to in the measured time; none where they could not be read. */
export function soakOf({
  observer,
  zeroMs,
  lengthMs,
  edges,
}: Pick<Seen, "observer" | "zeroMs" | "lengthMs" | "edges">): readonly Soaked[] {
  const readings = observer.tablesBetween(zeroMs, zeroMs + lengthMs);
  return soaked(readings, { start: edges.start.tables, end: edges.end.tables });
}

interface TableEdges {
  readonly start: TableSnapshot | null;
  readonly end: TableSnapshot | null;
}

export function soaked(readings: readonly TablesAt[], edges: TableEdges): readonly Soaked[] {
  const last = readings.at(-1)?.byRoot ?? {};
  return Object.keys(last)
    .map((table) => ({
      table,
      course: readings.flatMap(({ atMs, byRoot }) => {
        const counts = byRoot[table];
        return counts === undefined ? [] : [{ atMs, counts }];
      }),
    }))
    .filter(({ course }) => isWritten(course.map(({ counts }) => counts)))
    .map(({ table, course }) => ({
      table,
      ...levelsOf(course.map(readingOf), leavesVacuumed(table, edges)),
    }))
    .sort((one, other) => one.table.localeCompare(other.table, "en"));
}

function readingOf({ atMs, counts }: { atMs: number; counts: TableCounts }): TableReading {
  const { deadTuples, tableBytes, indexBytes } = counts;
  return { atMs, vacuums: vacuumsOf(counts), deadTuples, tableBytes, indexBytes };
}

function vacuumsOf({ autovacuums, vacuums }: TableCounts): number {
  return autovacuums + vacuums;
}

function isWritten(course: readonly TableCounts[]): boolean {
  const written = course.map(({ inserted, updated, deleted }) => inserted + updated + deleted);
  return Math.max(...written) > Math.min(...written);
}

/** Partitions, and toast tables, with a vacuum in the measured time: some may be too small ever to have one. */
function leavesVacuumed(table: string, { start, end }: TableEdges): number {
  if (start === null || end === null) return 0;
  const before = new Map(start.map((leaf) => [leaf.oid, vacuumsOf(leaf)]));
  return end.filter((leaf) => leaf.root === table && vacuumsOf(leaf) > (before.get(leaf.oid) ?? 0))
    .length;
}
