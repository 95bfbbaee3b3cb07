import { describe, expect, it } from "vitest";
import { serverPerTransaction } from "../../../src/observe/snapshots/counters.ts";
import type { CounterRow } from "../../../src/observe/snapshots/reading.ts";
import {
  activityPerTransaction,
  serverActivityBetween,
} from "../../../src/observe/snapshots/server-activity.ts";
import type { Snapshot } from "../../../src/observe/snapshots/snapshot.ts";
import type { StatementRow } from "../../../src/observe/snapshots/statements.ts";
import type { TableCounts } from "../../../src/observe/tables.ts";

function table(relid: number, counts: CounterRow): CounterRow {
  return { relid, schemaname: "s", relname: `t_${relid}`, root: "s.t", ...counts };
}

function statement(key: string, operation: string | null, calls: number): StatementRow {
  const counters = { calls, rows: calls, total_exec_time: 2 * calls, wal_bytes: 100 * calls };
  return { key, operation, topLevel: true, query: `select ${key}`, counters };
}

/** As from PostgreSQL 17 on. */
function since(at: string, ...row: Parameters<typeof statement>): StatementRow {
  const { counters, ...rest } = statement(...row);
  return { ...rest, counters: { ...counters, stats_since: at } };
}

function tableCounts(n: number): TableCounts {
  const rows = { liveTuples: 5, deadTuples: n, inserted: 0, hotUpdated: 0, deleted: 5 * n };
  const vacuums = { autovacuums: 0, vacuums: 0, lastAutovacuum: null };
  return { ...rows, ...vacuums, updated: 10 * n, tableBytes: 0, indexBytes: 0 };
}

/** `n` times as much of everything as has been counted. */
function snapshot(n: number, changed: Partial<Snapshot> = {}): Snapshot {
  return {
    version: "18.4",
    takenAt: "2026-01-02T03:04:05.000Z",
    startedAt: "2026-01-01T00:00:00.000Z",
    database: { datid: 5, xact_commit: 100 * n, stats_reset: null },
    walPositionBytes: 1000 * n,
    wal: { wal_bytes: 10 * n, stats_reset: "a" },
    backgroundWriter: { buffers_alloc: n, stats_reset: "a" },
    checkpointer: { num_timed: n, stats_reset: "a" },
    tables: {
      total: tableCounts(n),
      byRoot: {},
      leaves: [
        { ...tableCounts(n), oid: 1, table: "s.t", root: "s.t", toast: false, vacuumDue: false },
      ],
    },
    missing: [],
    statements: {
      resetAt: "a",
      dropped: 0,
      isCut: false,
      rows: [statement("1", "pay", 10 * n), statement("2", null, 3 * n)],
    },
    functions: {
      track: "pl",
      rows: [
        {
          funcid: 1,
          schemaname: "s",
          funcname: "outer",
          calls: n,
          total_time: 9 * n,
          self_time: n,
        },
        {
          funcid: 2,
          schemaname: "s",
          funcname: "inner",
          calls: n,
          total_time: 8 * n,
          self_time: 8 * n,
        },
      ],
    },
    tableActivity: [
      table(1, { n_tup_upd: 10 * n, n_tup_hot_upd: 2 * n, heap_blks_hit: n, toast_blks_hit: n }),
      table(2, { n_tup_upd: 30 * n, n_tup_hot_upd: 8 * n, heap_blks_hit: n, idx_blks_read: 4 * n }),
    ],
    indexActivity: [
      { indexrelid: 7, root_index: "s.i", root_table: "s.t", idx_scan: 6 * n, idx_tup_read: n },
    ],
    io: [
      {
        backend_type: "checkpointer",
        object: "relation",
        context: "normal",
        writes: 5 * n,
        op_bytes: 8192,
        stats_reset: "a",
      },
    ],
    space: {
      sizes: [
        {
          oid: 1,
          kind: "table",
          name: "s.t_1",
          rootTable: "s.t",
          rootIndex: null,
          bytes: 1000 * n,
        },
        {
          oid: 3,
          kind: "toast",
          name: "s.t_1 (toast)",
          rootTable: "s.t",
          rootIndex: null,
          bytes: 100 * n,
        },
        { oid: 7, kind: "index", name: "s.i", rootTable: "s.t", rootIndex: "s.i", bytes: 500 * n },
      ],
      tables: [],
      indexes: [],
      leftOut: [],
    },
    partitions: [],
    ...changed,
  };
}

const between = (after: Partial<Snapshot>, before: Partial<Snapshot> = {}) =>
  serverActivityBetween(snapshot(1, before), snapshot(3, after));

describe("what a server did between two snapshots", () => {
  it("is the growth of everything, summed over children", () => {
    const activity = between({});
    expect(activity.gaps).toEqual([]);
    expect(activity.views).toMatchObject({
      pg_stat_database: { xact_commit: 200 },
      pg_stat_wal: { wal_bytes: 20 },
    });
    expect(activity.io).toMatchObject([{ backendType: "checkpointer", counters: { writes: 10 } }]);
    expect(activity.io[0]?.counters).toEqual({ writes: 10 });
    expect(activity.statements).toMatchObject({
      top: [{ operation: "pay", calls: 20, totalMs: 40, meanMs: 2, perCall: { walBytes: 100 } }],
      leftOut: 0,
      others: { statements: 1, calls: 6, totalMs: 12 },
    });
    expect(activity.functions).toEqual([
      { function: "s.inner", calls: 2, totalMs: 16, selfMs: 16 },
      { function: "s.outer", calls: 2, totalMs: 18, selfMs: 2 },
    ]);
    expect(activity.tables).toMatchObject([
      {
        table: "s.t",
        children: 2,
        updated: 80,
        hotShare: 0.25,
        heap: { hit: 6, read: 0 },
        indexes: { hit: 0, read: 8 },
        tableBytes: { before: 1100, after: 3300, grown: 2200 },
        indexBytes: { grown: 1000 },
      },
    ]);
    expect(activity.indexes).toMatchObject([
      { index: "s.i", table: "s.t", scans: 12, bytes: { grown: 1000 } },
    ]);
  });

  it("is shared out over what was committed: own time of functions, so that none counts twice", () => {
    expect(activityPerTransaction(snapshot(1), snapshot(3), 10)).toEqual({
      functionUs: 1800,
      hotShare: 0.25,
      tableBytesGrown: 220,
      indexBytesGrown: 100,
    });
    const none = activityPerTransaction(snapshot(1), snapshot(3), 0);
    expect(none).toMatchObject({ functionUs: null, tableBytesGrown: null });
  });

  it.each([
    ["a restart", { startedAt: "2026-01-03" }, "started anew"],
    [
      "a crash of one backend",
      { wal: { stats_reset: "b" }, backgroundWriter: { stats_reset: "b" } },
      "as after a crash",
    ],
    ["pg_stat_reset", { database: { stats_reset: "b" } }, "pg_stat_reset"],
  ])("gives no counts across %s, but sizes and statements", (_, changed, gap) => {
    const activity = between(changed);
    expect(activity.gaps).toEqual([expect.stringContaining(gap)]);
    expect(activity).toMatchObject({ views: {}, io: [], functions: null, tables: null });
    expect(activity.statements?.top).toHaveLength(1);
    const each = activityPerTransaction(snapshot(1), snapshot(3, changed), 10);
    expect(each).toMatchObject({ functionUs: null, hotShare: null, indexBytesGrown: 100 });
    expect(serverPerTransaction(snapshot(1), snapshot(3), 10).deadTuples).toBe(3);
    const counted = serverPerTransaction(snapshot(1), snapshot(3, changed), 10);
    expect(counted).toMatchObject({ deadTuples: null, buffersHit: null });
  });

  it("names a view, a table and a function that were reset alone", () => {
    const io = (snapshot(3).io ?? []).map((row) => ({ ...row, stats_reset: "b" }));
    const activity = between({
      wal: { wal_bytes: 5, stats_reset: "b" },
      io,
      tableActivity: [table(1, { n_tup_upd: 0 }), table(2, { n_tup_upd: 90 })],
      functions: {
        track: "pl",
        rows: [{ funcid: 1, schemaname: "s", funcname: "outer", calls: 0 }],
      },
    });
    expect(activity.gaps).toEqual([
      "pg_stat_wal was reset in between",
      "pg_stat_io was reset in between",
      "the counts of s.outer were reset in between",
      "the counts of s.t were reset in between",
    ]);
    expect(activity).toMatchObject({ tables: [], functions: [], io: [] });
    expect(activity.views).not.toHaveProperty("pg_stat_wal");
  });

  it("has no sum over functions and tables where one of them was reset", () => {
    const tableActivity = [
      table(1, { n_tup_upd: 0 }),
      { ...table(2, { n_tup_upd: 90 }), root: "s.u" },
    ];
    const each = activityPerTransaction(snapshot(1), snapshot(3, { tableActivity }), 10);
    expect(each).toMatchObject({ functionUs: null, hotShare: null, tableBytesGrown: 220 });
  });

  it("counts what is new from zero, unless the snapshot before had not all", () => {
    const rows = [statement("9", "new", 4)];
    const after = { statements: { resetAt: "a", dropped: 0, isCut: false, rows } };
    const none = { statements: { resetAt: "a", dropped: 0, isCut: false, rows: [] } };
    expect(between(after, none).statements?.top).toMatchObject([{ operation: "new", calls: 4 }]);
    const cut = { statements: { resetAt: "a", dropped: 0, isCut: true, rows: [] } };
    expect(between(after, cut).statements?.top).toEqual([]);
    expect(between(after, cut).gaps).toEqual([expect.stringContaining("more statements than")]);
  });

  it.each([
    ["fell", [since("a", "1", "pay", 5), since("a", "2", null, 9)]],
    ["is gone", [since("a", "2", null, 9), since("b", "3", "new", 9)]],
    ["counts since later", [since("b", "1", "pay", 30), since("a", "2", null, 9)]],
  ])("has no statements where one known before %s: others were reset with it", (_, rows) => {
    const before = [since("a", "1", "pay", 10), since("a", "2", null, 3)];
    const at = (all: readonly StatementRow[]) => ({
      statements: { resetAt: "a", dropped: 0, isCut: false, rows: all },
    });
    const { statements, gaps } = between(at(rows), at(before));
    expect(statements).toBeNull();
    expect(gaps).toEqual([expect.stringContaining("pg_stat_statements was reset")]);
    const [known, other] = [since("a", "1", "pay", 30), since("a", "2", null, 9)];
    expect(between(at([known, other]), at(before)).gaps).toEqual([]);
  });

  it("names a snapshot after that was cut off, in which nobody can tell who is gone", () => {
    const rows = [statement("1", "pay", 30)];
    const cut = between({ statements: { resetAt: "a", dropped: 0, isCut: true, rows } });
    expect(cut.gaps).toEqual([expect.stringContaining("more statements than")]);
    expect(cut.statements?.top).toMatchObject([{ operation: "pay", calls: 20 }]);
  });

  it("says that statements were dropped or reset in between", () => {
    const rows = [statement("1", "pay", 30)];
    const dropped = between({ statements: { resetAt: "a", dropped: 2, isCut: false, rows } });
    expect(dropped.gaps).toEqual([expect.stringContaining("dropped statements 2 times")]);
    expect(dropped.statements?.top).toHaveLength(1);
    const reset = between({ statements: { resetAt: "b", dropped: 0, isCut: false, rows } });
    expect(reset.gaps).toEqual([expect.stringContaining("pg_stat_statements was reset")]);
    expect(reset.statements).toBeNull();
  });

  it("has no functions where none are counted, rather than none that ran", () => {
    expect(between({ functions: { track: "none", rows: [] } }).functions).toBeNull();
    expect(between({ functions: { track: "pl", rows: [] } }).functions).toEqual([]);
  });
});
