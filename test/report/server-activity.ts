/** What a server did in a run of 100 transactions, with something of everything. */
import type { PartitionedTable } from "../../src/observe/snapshots/partitions.ts";
import type { ServerActivity } from "../../src/observe/snapshots/server-activity.ts";

function partitioned(rows: readonly number[], fullestToMean: number): PartitionedTable {
  return {
    table: "dms.reference",
    children: rows.length,
    used: rows.filter((count) => count > 0).length,
    rows: rows.reduce((sum, count) => sum + count, 0),
    fullestToMean,
    leaves: rows.map((count, index) => ({ child: `dms.reference_0${index}`, rows: count })),
  };
}

export const someActivity: ServerActivity = {
  gaps: ["pg_stat_wal was reset in between"],
  missing: [
    {
      part: "pg_stat_io",
      code: "42P01",
      why: "relation does not exist",
      advice: "none: PostgreSQL has it from version 16 on",
    },
    { part: "pgstattuple", code: "42501", why: "permission denied", advice: "ask a superuser" },
  ],
  views: {},
  io: [],
  statements: {
    top: [
      {
        operation: "replace-references",
        query: `select dms.InsertReferences(${"$1, ".repeat(30)}$2)`,
        calls: 100,
        rows: 100,
        totalMs: 770,
        meanMs: 7.7,
        perCall: {
          sharedHit: 2686.6,
          sharedRead: 0.7,
          sharedDirtied: 3.5,
          sharedWritten: 1.5,
          tempRead: 0,
          tempWritten: 0,
          walBytes: 41_195,
        },
      },
    ],
    leftOut: 0,
    others: { statements: 2, calls: 52, totalMs: 23.6 },
  },
  functions: [{ function: "dms.insertreferences", calls: 100, totalMs: 770, selfMs: 760 }],
  tables: [
    {
      table: "dms.reference",
      children: 4,
      inserted: 6_240,
      updated: 10,
      hotUpdated: 5,
      deleted: 2_014,
      hotShare: 0.5,
      sequentialScans: 3,
      sequentialRows: 4,
      indexScans: 5,
      autovacuums: 1,
      heap: { hit: 159_045, read: 48 },
      indexes: { hit: 38_936, read: 7 },
      tableBytes: { before: 204_800, after: 778_240, grown: 573_440 },
      indexBytes: { before: 950_272, after: 942_080, grown: -8_192 },
    },
  ],
  indexes: [
    {
      index: "dms.pk_reference",
      table: "dms.reference",
      children: 4,
      scans: 11,
      rowsRead: 12,
      blocks: { hit: 11_447, read: 13 },
      bytes: { before: 245_760, after: 524_288, grown: 278_528 },
      leafDensity: { before: 52.8, after: null },
    },
  ],
  space: [
    {
      child: "dms.reference_00",
      table: "dms.reference",
      before: { bytes: 8_192, deadRows: 0, deadBytes: 0, freeBytes: 6_624 },
      after: { bytes: 16_384, deadRows: 9, deadBytes: 819, freeBytes: 4_096 },
    },
  ],
  leftOut: [{ why: "a snapshot looks for 3 s at most", relations: 2, examples: ["dms.big"] }],
  partitions: [
    {
      table: "dms.reference",
      before: partitioned([5, 3, 0, 2], 2),
      after: partitioned([50, 3, 0, 2], 3.64),
    },
  ],
};
