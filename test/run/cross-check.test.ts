import { describe, expect, it } from "vitest";
import type { CounterSnapshot } from "../../src/observe/snapshots/counters.ts";
import type { CounterRow } from "../../src/observe/snapshots/reading.ts";
import { crossCheck, crossCheckDoubts, type CrossCheckInput } from "../../src/run/cross-check.ts";

function snapshot(database: CounterRow | null): CounterSnapshot {
  return {
    version: "18.4",
    takenAt: "2026-01-02T03:04:05Z",
    startedAt: "2026-01-01T00:00:00Z",
    database,
    walPositionBytes: 0,
    wal: null,
    backgroundWriter: null,
    checkpointer: null,
    tables: null,
    missing: [],
  };
}

const row = { xact_commit: 1_000, xact_rollback: 200, stats_reset: null };

/** The server ended 50 000 commits and 1 000 rollbacks, 400 of them for the observers. */
const input: CrossCheckInput = {
  isShared: false,
  isPooled: false,
  hasTasks: false,
  before: snapshot(row),
  after: snapshot({ ...row, xact_commit: 51_000, xact_rollback: 1_200 }),
  counted: 50_600,
  ownBeside: 400,
  committed: 49_000,
  lostConnections: 0,
  notificationsHeard: 0,
  codes: ["40001"],
};

function checked(given: Partial<CrossCheckInput>) {
  return crossCheck({ ...input, ...given });
}

describe("loadgen's count beside the server's", () => {
  it("agrees where both are the same, the observers' own subtracted", () => {
    expect(crossCheck(input)).toMatchObject({
      kind: "agrees",
      counted: 50_600,
      server: 50_600,
      tolerance: 506,
    });
  });

  it.each([
    [511, "agrees"],
    [512, "differs"],
    [-501, "agrees"],
    [-502, "differs"],
  ])("may be off by a hundredth of it: %i is told as %s", (off, kind) => {
    expect(checked({ counted: input.counted + off })).toMatchObject({ kind });
  });

  it("may be off by 100 where there are few, for what the server does by itself", () => {
    const after = snapshot({ ...row, xact_commit: 1_500 });
    const few = { after, ownBeside: 0, committed: 400 };
    expect(checked({ ...few, counted: 400 })).toMatchObject({ kind: "agrees", tolerance: 100 });
    expect(checked({ ...few, counted: 399 })).toMatchObject({ kind: "differs", server: 500 });
    expect(checked({ ...few, counted: 601 })).toMatchObject({ kind: "differs" });
  });

  it("differs where the sessions' transactions never came to this server", () => {
    const after = snapshot({ ...row, xact_commit: 1_400 });
    expect(checked({ after })).toMatchObject({ kind: "differs", server: 0 });
  });
});

describe("the check is skipped, and why is said,", () => {
  it.each([
    ["when the server was gone", { after: null }, "the server was gone"],
    [
      "when other clients may work in the database",
      { isShared: true },
      "other clients may have worked in this database",
    ],
    [
      "when a pooler stood in between",
      { isPooled: true },
      "a pooler has transactions of its own, to hand on who a session is",
    ],
    [
      "when a side task worked in it",
      { hasTasks: true },
      "a side task has transactions of its own, which nobody counts: VACUUM and REINDEX CONCURRENTLY take several each",
    ],
    [
      "when the server crashed",
      { codes: ["40001", "57P02"] },
      "the server crashed or was restarted, and its statistics may have gone with it",
    ],
    [
      "when the statistics were reset",
      { after: snapshot({ ...row, stats_reset: "2026-01-02T03:04:06Z" }) },
      "the server's statistics were reset meanwhile",
    ],
    [
      "when the server did not show them",
      { before: snapshot(null), after: snapshot(null) },
      "pg_stat_database could not be read",
    ],
    [
      "when it did not show them as numbers",
      { after: snapshot({ ...row, xact_rollback: null }) },
      "pg_stat_database could not be read",
    ],
  ])("%s", (_, given, why) => {
    expect(checked(given)).toEqual({ kind: "skipped", why });
  });

  it("but not after a shutdown in order, which keeps them, nor for other failures", () => {
    expect(checked({ codes: ["57P01", "57P03", "40P01", "ECONNRESET"] }).kind).toBe("agrees");
  });
});

describe("a run's evidence", () => {
  it("is in doubt where the two differ, and both are told", () => {
    expect(crossCheckDoubts(checked({ counted: 60_000 }))).toEqual([
      "the server ended 50 600 transactions in the run's database, where loadgen counted 60 000: expected a difference of at most 600",
    ]);
  });

  it("is not where they agree, nor where they could not be compared", () => {
    expect(crossCheckDoubts(checked({}))).toEqual([]);
    expect(crossCheckDoubts(checked({ after: null, counted: 60_000 }))).toEqual([]);
  });
});

describe("what is reported as committed", () => {
  it("was committed by the server, each of it", () => {
    expect(checked({ committed: 50_000 })).toMatchObject({ kind: "agrees" });
    const differs = checked({ committed: 50_001 });
    expect(differs).toMatchObject({ kind: "differs" });
    expect(crossCheckDoubts(differs)).toEqual([
      "loadgen reports 50 001 transactions as committed, but the server committed only 50 000 in the run's database",
    ]);
  });
});

describe("a lost connection", () => {
  it("may have ended a transaction that nobody saw end", () => {
    const fewer = { counted: 50_600 - 520 };
    expect(checked(fewer)).toMatchObject({ kind: "differs" });
    expect(checked({ ...fewer, lostConnections: 20 })).toMatchObject({ kind: "agrees" });
    // It cannot have made up one that the server does not know.
    const more = { counted: 50_600 + 520, lostConnections: 20 };
    expect(checked(more)).toMatchObject({ kind: "differs" });
  });
});

describe("a notification", () => {
  it("may have taken a transaction of the connection that listened for it", () => {
    const fewer = { counted: 50_600 - 520 };
    expect(checked(fewer)).toMatchObject({ kind: "differs" });
    expect(checked({ ...fewer, notificationsHeard: 20 })).toMatchObject({ kind: "agrees" });
    const more = { counted: 50_600 + 520, notificationsHeard: 20 };
    expect(checked(more)).toMatchObject({ kind: "differs" });
  });
});

describe("a server that was restarted meanwhile", () => {
  it("is not held against its counters", () => {
    const after = {
      ...snapshot({ ...row, xact_commit: 51_000 }),
      startedAt: "2026-01-02T00:00:00Z",
    };
    expect(checked({ after })).toMatchObject({ kind: "skipped" });
    expect(checked({ after: snapshot({ ...row, xact_commit: 5 }) })).toMatchObject({
      kind: "skipped",
    });
  });
});

describe("autovacuum", () => {
  const leaf = {
    ...{ oid: 1, table: "dms.reference", root: "dms.reference", toast: false, vacuumDue: false },
    ...{ liveTuples: 0, deadTuples: 0, inserted: 0, updated: 0, hotUpdated: 0, deleted: 0 },
    ...{ vacuums: 0, tableBytes: 0, indexBytes: 0, lastAutovacuum: null },
  };

  function vacuumed(times: number) {
    const tablesOf = (autovacuums: number) => {
      const total = { ...leaf, autovacuums };
      return { total, byRoot: {}, leaves: [total] };
    };
    const before = { ...snapshot(row), tables: tablesOf(5) };
    const after = { ...snapshot({ ...row, xact_commit: 1_500 }), tables: tablesOf(5 + times) };
    return checked({ before, after, ownBeside: 0, committed: 300, counted: 300 });
  }

  it("may have ended several transactions each time", () => {
    expect(vacuumed(0)).toMatchObject({ kind: "differs", tolerance: 101 });
    expect(vacuumed(10)).toMatchObject({ kind: "agrees", tolerance: 201 });
  });
});
