import { describe, expect, it } from "vitest";
import type { TablesAt } from "../../src/observe/sightings.ts";
import type { LeafTable, TableCounts } from "../../src/observe/tables.ts";
import { soaked, tablesIntervalOf } from "../../src/run/soak.ts";

const counts: TableCounts = {
  ...{ liveTuples: 0, deadTuples: 0, inserted: 0, updated: 0, hotUpdated: 0, deleted: 0 },
  ...{ autovacuums: 0, vacuums: 0, tableBytes: 8192, indexBytes: 8192, lastAutovacuum: null },
};

/** Two readings a cycle: at the peak, and after a vacuum, every other one by hand. */
function course(peaks: readonly number[], given: Partial<TableCounts> = {}): TableCounts[] {
  return peaks.flatMap((peak, cycle) => {
    const by = (done: number) => ({
      autovacuums: Math.ceil(done / 2),
      vacuums: Math.floor(done / 2),
    });
    const one = { ...counts, updated: 100 * cycle, ...given };
    return [
      { ...one, ...by(cycle), deadTuples: peak },
      { ...one, ...by(cycle + 1), deadTuples: 0 },
    ];
  });
}

function readingsOf(courses: Readonly<Record<string, readonly TableCounts[]>>): TablesAt[] {
  const count = Math.max(...Object.values(courses).map(({ length }) => length));
  return Array.from({ length: count }, (_, at) => ({
    atMs: 1_000 * at,
    byRoot: Object.fromEntries(
      Object.entries(courses).flatMap(([table, all]) => (all[at] ? [[table, all[at]]] : [])),
    ),
  }));
}

/** Partitions of a table, at the end of which each had this many vacuums. */
function leavesOf(root: string, vacuums: readonly number[]): LeafTable[] {
  return vacuums.map((autovacuums, oid) => ({
    ...{ ...counts, oid, table: `${root}_${oid}`, root, toast: false, vacuumDue: false },
    autovacuums,
  }));
}

const edges = { start: leavesOf("a.b", [0]), end: leavesOf("a.b", [9]) };

describe("a soak", () => {
  it("tells a table that grows from one that shrinks and one that stays, in the order of their names", () => {
    const names = ["a.shrinks", "a.grows", "a.stays"];
    const all = soaked(
      readingsOf({
        "a.shrinks": course([500, 400, 300, 200, 100]),
        "a.grows": course([100, 200, 300, 400, 500]),
        "a.stays": course([300, 300, 300, 300, 300]),
      }),
      {
        start: names.flatMap((name, index) => [{ ...leavesOf(name, [0])[0]!, oid: index }]),
        end: names.flatMap((name, index) => [{ ...leavesOf(name, [5])[0]!, oid: index }]),
      },
    );
    expect(all).toMatchObject([
      { table: "a.grows", cycles: 4, deadTuples: { kind: "grows", level: 400 } },
      { table: "a.shrinks", deadTuples: { kind: "levels-off", level: 200 } },
      { table: "a.stays", deadTuples: { kind: "levels-off", level: 300 } },
    ]);
  });

  it("judges none from too few cycles, and needs as many vacuums a cycle as partitions were vacuumed", () => {
    const three = readingsOf({ "a.b": course([1, 1, 1]) });
    const six = readingsOf({ "a.b": course([1, 1, 1, 1, 1, 1]) });
    expect(soaked(three, edges)).toMatchObject([{ kind: "not-judged", cycles: 2, needed: 3 }]);
    expect(soaked(six, edges)).toMatchObject([{ kind: "judged", cycles: 5 }]);
    const two = { start: leavesOf("a.b", [0, 0, 3]), end: leavesOf("a.b", [3, 3, 3]) };
    expect(soaked(six, two)).toMatchObject([{ kind: "not-judged", cycles: 2 }]);
    expect(soaked(six, { start: null, end: null })).toMatchObject([{ cycles: 0 }]);
  });

  it("leaves out what nobody wrote to, and what is gone; nothing without readings", () => {
    const idle = course([1, 1, 1, 1], { updated: 7 });
    const written = course([1, 1, 1, 1]);
    const gone = written.slice(0, 3);
    const all = soaked(readingsOf({ idle, written, gone }), edges);
    expect(all.map(({ table }) => table)).toEqual(["written"]);
    expect(soaked([], edges)).toEqual([]);
  });

  it("reads tables every two seconds in a short run, and seldom in a long one", () => {
    expect(tablesIntervalOf({ durationMs: 10_000 })).toBe(2_000);
    expect(tablesIntervalOf({ durationMs: null })).toBe(2_000);
    expect(tablesIntervalOf({ durationMs: 900_000 })).toBe(5_000);
    expect(tablesIntervalOf({ durationMs: 36_000_000 })).toBe(10_000);
  });
});
