import { describe, expect, it } from "vitest";
import { partitionsOf } from "../../../src/observe/snapshots/partitions.ts";

const set = {
  last_vacuum: null,
  last_autovacuum: null,
  last_analyze: null,
  last_autoanalyze: null,
};

function leaf(relid: number, figures: { reltuples: number; n_live_tup: number }) {
  const relname = `reference_${relid}`;
  return { relid, schemaname: "dms", relname, root: "dms.reference", ...set, ...figures };
}

const noSpace = { sizes: null, tables: [], indexes: [], leftOut: [] };

describe("the children of a partitioned table", () => {
  it("are counted, with how unevenly rows lie", () => {
    const rows = [600, 200, 0, 0];
    const tableActivity = rows.map((reltuples, index) => leaf(index, { reltuples, n_live_tup: 0 }));
    expect(partitionsOf({ tableActivity, space: noSpace })).toMatchObject([
      { table: "dms.reference", children: 4, used: 2, rows: 800, fullestToMean: 3 },
    ]);
  });

  it("have the rows that pgstattuple found, else those of the statistics since they were set", () => {
    const tableActivity = [
      leaf(1, { reltuples: 100, n_live_tup: 5 }),
      leaf(2, { reltuples: 100, n_live_tup: 5 }),
      { ...leaf(3, { reltuples: 100, n_live_tup: 5 }), last_autoanalyze: "2026-01-01" },
      // Never looked at: there is no estimate to count from.
      leaf(4, { reltuples: -1, n_live_tup: 5 }),
    ];
    const name = "dms.reference_1";
    const found = { approx_tuple_count: 7 };
    const inspected = { oid: 1, name, rootTable: "dms.reference", rootIndex: null, found };
    const space = { ...noSpace, tables: [inspected] };
    const [table] = partitionsOf({ tableActivity, space }) ?? [];
    expect(table?.leaves.map(({ rows }) => rows)).toEqual([7, 105, 5, 5]);
  });

  it("without rows have no fullest one, and tables without children are left out", () => {
    const plain = { ...leaf(1, { reltuples: 9, n_live_tup: 0 }), root: "dms.reference_1" };
    const tableActivity = [plain, leaf(2, { reltuples: 0, n_live_tup: 0 })];
    expect(partitionsOf({ tableActivity, space: noSpace })).toMatchObject([
      { children: 1, used: 0, fullestToMean: null },
    ]);
    expect(partitionsOf({ tableActivity: null, space: noSpace })).toBeNull();
  });
});
