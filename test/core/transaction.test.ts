import { describe, expect, it } from "vitest";
import { Failure } from "../../src/core/failure.ts";
import { statement } from "../../src/core/step.ts";
import {
  alone,
  atomically,
  execute,
  guarded,
  query,
  queryOne,
  type Transaction,
} from "../../src/core/transaction.ts";
import { play } from "./play.ts";

const read = statement("read", "select 1 as one");
const write = statement("write", "update public.item set n = $1");
const settings = { isolation: "read-committed", holdMs: 0 } as const;

const duplicate = new Failure("sql", "23505", "duplicate key");
const cancelled = new Failure("sql", "57014", "cancelled");
const lost = new Failure("connection", "ECONNRESET", "gone");
const timedOut = new Failure("timeout", "client-timeout", "too long");

function* readAndWrite(): Transaction<number> {
  const rows = yield* query(read);
  yield* execute(write, rows.length);
  return rows.length;
}

const transaction = () => atomically(settings, readAndWrite);
const begin = "begin read-committed";

describe("atomically", () => {
  it("begins, runs the body and commits, in this order, and returns what the body did", () => {
    const played = play(transaction(), { "query read": [{ one: 1 }, { one: 1 }] });
    expect(played.asked).toEqual([begin, "query read", "execute write", "commit"]);
    expect(played.result).toBe(2);
  });

  it("holds the connection after the body and before the commit", () => {
    const played = play(atomically({ isolation: "serializable", holdMs: 7 }, readAndWrite));
    expect(played.asked).toEqual([
      "begin serializable",
      "query read",
      "execute write",
      "pause 7",
      "commit",
    ]);
  });

  it("rolls back after an SQL error and lets it go on", () => {
    const played = play(transaction(), { "execute write": duplicate });
    expect(played.asked).toEqual([begin, "query read", "execute write", "rollback"]);
    expect(played.thrown).toBe(duplicate);
  });

  it("rolls back after the scenario refused what it read", () => {
    const played = play(atomically(settings, () => queryOne(read)));
    expect(played.asked).toEqual([begin, "query read", "rollback"]);
    expect(played.thrown).toMatchObject({ kind: "refused", code: "row-count" });
  });

  it("rolls back after a bug in the scenario, so that the connection is clean again", () => {
    const bug = new TypeError("bug");
    const played = play(
      atomically(settings, function* () {
        yield* query(read);
        throw bug;
      }),
    );
    expect(played.asked).toEqual([begin, "query read", "rollback"]);
    expect(played.thrown).toBe(bug);
  });

  it.each([lost, timedOut])(
    "does not roll back on a connection that is gone ($code)",
    (failure) => {
      const played = play(transaction(), { "query read": failure });
      expect(played.asked).toEqual([begin, "query read"]);
      expect(played.thrown).toBe(failure);
    },
  );

  it("keeps the first failure when the rollback fails as well", () => {
    const played = play(transaction(), { "execute write": duplicate, rollback: lost });
    expect(played.asked.at(-1)).toBe("rollback");
    expect(played.thrown).toBe(duplicate);
  });

  it("does not swallow a bug of the engine under the rollback", () => {
    const bug = new TypeError("bug") as unknown as Failure;
    const played = play(transaction(), { "execute write": duplicate, rollback: bug });
    expect(played.thrown).toBe(bug);
  });

  it("does not roll back when BEGIN or COMMIT themselves fail", () => {
    const noBegin = play(transaction(), { [begin]: cancelled });
    expect(noBegin.asked).toEqual([begin]);
    expect(noBegin.thrown).toBe(cancelled);
    const noCommit = play(transaction(), { commit: cancelled });
    expect(noCommit.asked).toEqual([begin, "query read", "execute write", "commit"]);
    expect(noCommit.thrown).toBe(cancelled);
  });
});

describe("queryOne", () => {
  it("returns the one row", () => {
    expect(play(queryOne(read), { "query read": [{ one: 1 }] }).result).toEqual({ one: 1 });
  });

  it.each([0, 2])("refuses %i rows", (count) => {
    const rows = Array.from({ length: count }, () => ({ one: 1 }));
    const played = play(queryOne(read), { "query read": rows });
    expect(played.thrown).toMatchObject({ kind: "refused", code: "row-count" });
  });
});

describe("alone", () => {
  it("holds first and then sends one statement that is its own commit", () => {
    const played = play(alone({ ...settings, holdMs: 3 }, write, 1), {
      "query write": [{ n: 1 }],
    });
    expect(played.asked).toEqual(["pause 3", "query write"]);
    expect(played.result).toEqual([{ n: 1 }]);
  });
});

describe("guarded", () => {
  const body = () =>
    guarded(
      ["23505"],
      function* () {
        yield* execute(write, 1);
        return "written";
      },
      function* (failure) {
        yield* query(read);
        return `recovered from ${failure.code}`;
      },
    );

  it("leaves a good body alone behind its savepoint", () => {
    const played = play(body());
    expect(played.asked).toEqual(["execute savepoint", "execute write"]);
    expect(played.result).toBe("written");
  });

  it("undoes only the body after a code on the list, and recovers", () => {
    const played = play(body(), { "execute write": duplicate });
    expect(played.asked).toEqual([
      "execute savepoint",
      "execute write",
      "execute rollback-to-savepoint",
      "query read",
    ]);
    expect(played.result).toBe("recovered from 23505");
  });

  it("lets any other code go on", () => {
    const played = play(body(), { "execute write": cancelled });
    expect(played.asked).toEqual(["execute savepoint", "execute write"]);
    expect(played.thrown).toBe(cancelled);
  });

  it("does not take a lost connection for an SQL error, whatever its code", () => {
    const farewell = new Failure("connection", "23505", "gone");
    expect(play(body(), { "execute write": farewell }).thrown).toBe(farewell);
  });
});
