/** What the server did, as tables: statements, functions, tables, indexes and partitions, for the page. */
import type { ServerActivity } from "../observe/snapshots/server-activity.ts";
import type { BlocksGrowth, BytesGrowth, SpaceAt } from "../observe/snapshots/table-growth.ts";
import { countText } from "../core/counted.ts";
import { percentText, shortQuery, signedBytes } from "./activity-section.ts";
import { bytesText, digits, timeText } from "./figures.ts";
import { hasContent, type Section } from "./section.ts";

/** Only those that have something to say. @param committed by which functions' time is shared out. */
export function activityTables(activity: ServerActivity, committed: number): readonly Section[] {
  return [
    statementTable(activity),
    functionTable(activity, committed),
    tableTable(activity),
    indexTable(activity),
    partitionTable(activity),
    spaceTable(activity),
  ].filter(hasContent);
}

/** A database of thousands of tables has most of them for nothing: the first ones tell the story. */
const rowsMax = 64;

interface Listed<T> {
  readonly title: string;
  readonly heading: readonly string[];
  readonly items: readonly T[];
  readonly row: (item: T) => readonly string[];
  readonly remarks: readonly string[];
}

function listed<T>({ title, heading, items, row, remarks }: Listed<T>): Section {
  const more = items.length - rowsMax;
  return {
    title,
    heading,
    rows: items.slice(0, rowsMax).map(row),
    remarks: [...remarks, ...(more > 0 ? [`${countText(more)} more: run.json has them.`] : [])],
  };
}

function statementTable({ statements }: ServerActivity): Section {
  const others = statements?.others;
  return listed({
    title: "Statements of the sessions, by their time",
    heading: [
      "statement",
      "operation",
      "calls",
      "total",
      "mean",
      "rows",
      "hit",
      "read",
      "dirtied",
      "written",
      "temp",
      "WAL",
    ],
    items: statements?.top ?? [],
    row: ({ query, operation, calls, totalMs, meanMs, rows, perCall }) => [
      shortQuery(query),
      operation ?? "in a function",
      countText(calls),
      timeText(1000 * totalMs),
      timeText(1000 * meanMs),
      digits(rows / calls),
      digits(perCall.sharedHit),
      digits(perCall.sharedRead),
      digits(perCall.sharedDirtied),
      digits(perCall.sharedWritten),
      digits(perCall.tempRead + perCall.tempWritten),
      bytesText(perCall.walBytes),
    ],
    remarks: [
      ...(statements === null
        ? []
        : [
            "From the mean on, each figure is of one call, in blocks where it has no unit; run.json has the texts.",
          ]),
      ...(others === undefined || others.statements === 0
        ? []
        : [
            `Of everybody else in this database, observers and faults: ${countText(others.calls)} calls, ${timeText(1000 * others.totalMs)}.`,
          ]),
    ],
  });
}

function functionTable({ functions }: ServerActivity, committed: number): Section {
  return listed({
    title: "Functions, by their own time",
    heading: ["function", "calls", "total", "own", "a call", "own, a transaction"],
    items: functions ?? [],
    row: ({ function: name, calls, totalMs, selfMs }) => [
      name,
      countText(calls),
      timeText(1000 * totalMs),
      timeText(1000 * selfMs),
      timeText((1000 * totalMs) / calls),
      committed === 0 ? "–" : timeText((1000 * selfMs) / committed),
    ],
    remarks: [],
  });
}

function tableTable({ tables }: ServerActivity): Section {
  return listed({
    title: "Tables, by blocks touched",
    heading: [
      "table",
      "inserted",
      "updated",
      "deleted",
      "HOT",
      "seq. scans",
      "index scans",
      "heap hit",
      "heap read",
      "index hit",
      "index read",
      "table grew",
      "indexes grew",
    ],
    items: tables ?? [],
    row: (table) => [
      table.table,
      countText(table.inserted),
      countText(table.updated),
      countText(table.deleted),
      table.hotShare === null ? "–" : percentText(table.hotShare),
      countText(table.sequentialScans),
      countText(table.indexScans),
      ...blocks(table.heap),
      ...blocks(table.indexes),
      grownText(table.tableBytes),
      grownText(table.indexBytes),
    ],
    remarks: [],
  });
}

function indexTable({ indexes }: ServerActivity): Section {
  return listed({
    title: "Indexes, by blocks touched",
    heading: [
      "index",
      "of",
      "scans",
      "rows read",
      "hit",
      "read",
      "size",
      "grew",
      "leaves full",
      "before",
    ],
    items: indexes ?? [],
    row: ({ index, table, scans, rowsRead, blocks: touched, bytes, leafDensity }) => [
      index,
      table,
      countText(scans),
      countText(rowsRead),
      ...blocks(touched),
      bytesText(bytes?.after ?? null),
      grownText(bytes),
      densityText(leafDensity.after),
      densityText(leafDensity.before),
    ],
    remarks: [],
  });
}

function partitionTable({ partitions }: ServerActivity): Section {
  const children = partitions.flatMap(({ before, after }) => {
    const earlier = new Map(before?.leaves.map(({ child, rows }) => [child, rows]));
    return (
      (after ?? before)?.leaves.map((leaf) => ({ ...leaf, before: earlier.get(leaf.child) })) ?? []
    );
  });
  return listed({
    title: "Rows by partition",
    heading: ["partition", "before", "after"],
    items: children,
    row: ({ child, rows, before }) => [
      child,
      before === undefined ? "–" : countText(Math.round(before)),
      countText(Math.round(rows)),
    ],
    remarks: [],
  });
}

function spaceTable({ space }: ServerActivity): Section {
  // What was empty and stayed so has nothing to tell.
  const items = space.filter(({ before, after }) => (before?.bytes ?? 0) + (after?.bytes ?? 0) > 0);
  return listed({
    title: "Dead and free space in tables",
    heading: ["table", "dead rows", "before", "dead", "before", "free", "before"],
    items,
    row: ({ child, before, after }) => [
      child,
      ...pair(before, after, ({ deadRows }) => countText(deadRows)),
      ...pair(before, after, ({ deadBytes, bytes }) => shareText(deadBytes, bytes)),
      ...pair(before, after, ({ freeBytes, bytes }) => shareText(freeBytes, bytes)),
    ],
    remarks: [],
  });
}

function pair(
  before: SpaceAt | null,
  after: SpaceAt | null,
  text: (at: SpaceAt) => string,
): readonly string[] {
  return [after, before].map((at) => (at === null ? "–" : text(at)));
}

function shareText(bytes: number, all: number): string {
  return all === 0 ? "–" : percentText(bytes / all);
}

function blocks({ hit, read }: BlocksGrowth): readonly string[] {
  return [countText(hit), countText(read)];
}

function grownText(bytes: BytesGrowth | null): string {
  return bytes === null ? "–" : signedBytes(bytes.grown);
}

function densityText(percent: number | null): string {
  return percent === null ? "–" : `${digits(percent)} %`;
}
