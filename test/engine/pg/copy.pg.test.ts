/** COPY by both drivers, in both formats, as it is told and as it arrives. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Failure } from "../../../src/core/failure.ts";
import type { BinaryType, ConnectionStep, Scalar } from "../../../src/core/step.ts";
import { statement } from "../../../src/core/step.ts";
import { type FreshDatabase, freshDatabase } from "../../helpers/postgres.ts";
import {
  agreed,
  begin,
  closeSessions,
  commit,
  drivers,
  failureOf,
  openSession,
  query,
  rollback,
} from "./sessions.ts";

let database: FreshDatabase;

beforeAll(async () => {
  database = await freshDatabase();
  await database.connection.script(`create table thing (
    id uuid primary key, flag bool, bytes bytea, small int4, large int8, amount numeric,
    note text, at timestamptz)`);
});
beforeEach(() => database.connection.script("truncate thing"));
afterEach(closeSessions);
afterAll(() => database.drop());

const types = ["uuid", "bool", "bytea", "int4", "int8", "numeric", "text", "timestamptz"] as const;

function row(number: number, ...values: readonly Scalar[]): readonly Scalar[] {
  return [`00000000-0000-4000-8000-${String(number).padStart(12, "0")}`, ...values];
}

const rows: readonly (readonly Scalar[])[] = [
  row(
    1,
    true,
    "\\x00ff",
    1,
    "9223372036854775807",
    "12345.678",
    "a\tb\\c\n",
    "2026-01-02T03:04:05.678Z",
  ),
  row(2, false, "\\x", -2147483648, "-1", "-0.00012", "é", "1969-12-31T23:59:59.999Z"),
  row(3, null, null, null, null, null, null, null),
  row(4, true, "\\x01", 0, "0", "100000000", "", "2000-01-01T00:00:00.000Z"),
  row(5, true, "\\x01", 0, "0", "0", "x", "2000-01-01T00:00:00.000Z"),
];

function copyOf(format: "text" | readonly BinaryType[], given = rows): ConnectionStep {
  const sql = `copy thing from stdin (format ${format === "text" ? "text" : "binary"})`;
  return { kind: "copy", statement: statement("copy", sql), rows: given, format };
}

const stored = query(`select id::text, flag, bytes::text, small, large::text, amount::text, note,
  to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at from thing order by id`);

describe.each([
  ["text", "text"],
  ["binary", types],
] as const)("COPY in format %s", (_, format) => {
  it("stores what was given, whichever driver sends it", async () => {
    const asGiven = rows.map(([id = null, flag, bytes, small, large, amount, note, at]) => ({
      ...{ id, flag, bytes, small, large, amount, note, at },
    }));
    for (const driver of drivers) {
      const session = await openSession(driver, database.address);
      await session.perform(copyOf(format));
      expect(session.timed.has("copy")).toBe(true);
      expect(await session.perform(stored)).toEqual(asGiven);
      await database.connection.script("truncate thing");
    }
  });

  it("fails as a statement does, and the connection goes on", async () => {
    const twice = [...rows, row(1, ...(rows[2] ?? []).slice(1))];
    const told = await agreed(database.address, [
      begin,
      copyOf(format, twice),
      rollback,
      copyOf(format, rows.slice(0, 1)),
      stored,
      query("delete from thing"),
    ]);
    expect(told[1]).toMatchObject({ kind: "sql", code: "23505" });
    expect(told[4]).toHaveLength(1);
  });

  it("commits with its transaction, or by itself", async () => {
    const told = await agreed(database.address, [
      begin,
      copyOf(format, rows.slice(0, 2)),
      commit,
      copyOf(format, rows.slice(2)),
      stored,
      query("delete from thing"),
    ]);
    expect(told[4]).toHaveLength(rows.length);
  });

  it("is sent whole when it is larger than what the network takes at once", async () => {
    const many = Array.from({ length: 5_000 }, (_unused, index) =>
      row(index, true, "\\x00", 1, "1", "1", "x".repeat(200), "2000-01-01T00:00:00.000Z"),
    );
    const told = await agreed(database.address, [
      copyOf(format, many),
      query("select count(*)::int4 as count, sum(length(note))::int4 as length from thing"),
      query("truncate thing"),
    ]);
    expect(told[1]).toEqual([{ count: 5_000, length: 1_000_000 }]);
  });
});

it("a COPY whose answer is lost while it commits is unknown, and in a transaction is refused", async () => {
  for (const driver of drivers) {
    for (const isInside of [false, true]) {
      const session = await openSession(driver, database.address);
      await database.connection.script("truncate thing");
      const blocker = await database.connection.another();
      await blocker.query("begin");
      await blocker.query("lock table thing in share mode");
      if (isInside) await session.perform(begin);
      const failed = failureOf(session.perform(copyOf("text")));
      await database.connection.query("select pg_terminate_backend($1)", [session.pid]);
      const failure = await failed;
      expect(failure).toMatchObject({ fatal: true, committing: !isInside });
      await blocker.query("rollback");
      await blocker.close();
    }
  }
});

it("rows that cannot be written are the scenario's bug: nothing is sent, and the connection goes on", async () => {
  const wrong = [
    [rows[0]?.slice(1) ?? [], "7 values for 8 binary columns"],
    [row(1, true, "\\x00", 2 ** 31, "1", "1", "", "2000-01-01T00:00:00.000Z"), "out of range"],
  ] as const;
  for (const driver of drivers) {
    const session = await openSession(driver, database.address);
    await session.perform(begin);
    for (const [one, says] of wrong) {
      const failing = session.perform(copyOf(types, [one]));
      const error: unknown = await failing.catch((bug: unknown) => bug);
      expect(error).not.toBeInstanceOf(Failure);
      expect(String(error)).toContain(says);
    }
    expect(session.connection.alive).toBe(true);
    expect(await session.perform(query("select 1 as one"))).toEqual([{ one: 1 }]);
    await session.perform(rollback);
  }
});
