import { describe, expect, it } from "vitest";
import {
  difference,
  isLessAtEnd,
  type LeafTable,
  totalOf,
  totalsByRoot,
} from "../../src/observe/tables.ts";

const leaf: LeafTable = {
  oid: 1,
  table: "dms.reference_00",
  root: "dms.reference",
  toast: false,
  vacuumDue: false,
  liveTuples: 0,
  deadTuples: 0,
  inserted: 0,
  updated: 0,
  hotUpdated: 0,
  deleted: 0,
  autovacuums: 0,
  vacuums: 0,
  tableBytes: 0,
  indexBytes: 0,
  lastAutovacuum: null,
};

describe("the difference of two table snapshots", () => {
  it("adds up vacuums and dead rows over all leaves", () => {
    const start = [
      { ...leaf, deadTuples: 10, updated: 3, deleted: 100, autovacuums: 1 },
      { ...leaf, oid: 2, deadTuples: 5 },
    ];
    const end = [
      { ...leaf, deadTuples: 2, updated: 4, deleted: 150, autovacuums: 3 },
      { ...leaf, oid: 2, deadTuples: 6, deleted: 9, autovacuums: 1, vacuumDue: true },
    ];
    expect(difference(start, end)).toEqual({
      autovacuums: 3,
      deadTuplesAtStart: 15,
      deadTuplesAtEnd: 8,
      tablesDueAtEnd: 1,
      deadTuplesMade: 1 + 50 + 9,
    });
  });

  it("is zero where nothing happened", () => {
    const tables = [{ ...leaf, updated: 7, autovacuums: 2 }];
    expect(difference(tables, tables)).toMatchObject({ autovacuums: 0, deadTuplesMade: 0 });
  });

  it("counts from zero for a table that is new, or whose statistics were reset", () => {
    expect(difference([], [{ ...leaf, deleted: 4 }]).deadTuplesMade).toBe(4);
    expect(difference([{ ...leaf, deleted: 9 }], [{ ...leaf, deleted: 4 }]).deadTuplesMade).toBe(4);
  });
});

describe("what was written to a table that is gone", () => {
  it("is not known, where one of the start is not there at the end", () => {
    const start = [leaf, { ...leaf, oid: 2 }];
    expect(isLessAtEnd(start, [leaf, { ...leaf, oid: 3 }])).toBe(true);
    expect(isLessAtEnd(start, [...start, { ...leaf, oid: 3 }])).toBe(false);
  });
});

describe("totals of tables", () => {
  it("are by partition root, with the latest autovacuum", () => {
    const tables = [
      { ...leaf, tableBytes: 8192, lastAutovacuum: "2026-01-01T00:00:00.000Z" },
      { ...leaf, oid: 2, tableBytes: 8192, lastAutovacuum: "2026-02-01T00:00:00.000Z" },
      { ...leaf, oid: 3, root: "dms.alias", tableBytes: 1 },
    ];
    expect(totalsByRoot(tables)).toMatchObject({
      "dms.reference": { tableBytes: 16384, lastAutovacuum: "2026-02-01T00:00:00.000Z" },
      "dms.alias": { tableBytes: 1, lastAutovacuum: null },
    });
    expect(totalOf([]).lastAutovacuum).toBeNull();
  });
});
