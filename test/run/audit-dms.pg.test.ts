import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { dms } from "../../fixtures/dms/system.ts";
import { Fates } from "../../src/core/fates.ts";
import { type Ended, LastWrites } from "../../src/core/last-writes.ts";
import type { InvariantResult } from "../../src/invariants/no-rows.ts";
import { audit } from "../../src/run/audit.ts";
import { makeLedger } from "../../src/run/ledger.ts";
import { Connection, ServerError } from "../../src/server/connection.ts";
import { bundledFixture } from "../../src/server/fixture/fixture.ts";
import { loadFixture } from "../../src/server/fixture/load-fixture.ts";
import { planWith } from "../helpers/plan.ts";
import { type FreshDatabase, freshDatabase, until } from "../helpers/postgres.ts";

const fixture = {
  documents: 400,
  references: 1_000,
  partitions: 16,
  keys: 16,
  averageReferences: 10,
};
const plan = planWith({ system: "dms", variant: "current", fixture });

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
  await loadFixture(database.connection, bundledFixture(dms, "current", fixture), () => {});
});
afterAll(() => database.drop());

async function invariantsAfter(lastWrites = new LastWrites()): Promise<readonly InvariantResult[]> {
  const known = { untoldSessions: 0, fates: null, lastWrites: lastWrites.toTell() };
  return (await audit({ system: dms, plan, known, courses: [] }, database.address)).invariants;
}

function brokenIn(invariants: readonly InvariantResult[]): readonly string[] {
  return invariants.filter(({ ok }) => !ok).map(({ name }) => name);
}

/** Documents of which the one has references and the other none. */
async function documentWith(references: "some" | "none") {
  const [row] = await database.connection.query(
    `select Id::text as id, DocumentPartitionKey::int4 as key
    from dms.Document
    where ${references === "none" ? "not" : ""} exists (
      select from dms.Reference
      where ParentDocumentPartitionKey = DocumentPartitionKey and ParentDocumentId = Document.Id
    )
    order by Document.Id desc
    limit 1`,
  );
  return { id: String(row?.id), key: Number(row?.key) };
}

async function aliasesFrom(start: number, count: number) {
  const rows = await database.connection.query(
    `select ReferentialId::text as id, ReferentialPartitionKey::int4 as key
    from dms.Alias order by DocumentId offset $1 limit $2`,
    [start, count],
  );
  return { ids: rows.map(({ id }) => String(id)), keys: rows.map(({ key }) => Number(key)) };
}

type Place = Awaited<ReturnType<typeof documentWith>>;
type Aliases = Awaited<ReturnType<typeof aliasesFrom>>;

async function replace(connection: Connection, { id, key }: Place, aliases: Aliases) {
  await connection.query(
    "select from dms.InsertReferences($1::bigint[], $2::smallint[], $3::uuid[], $4::smallint[])",
    [aliases.ids.map(() => id), aliases.ids.map(() => key), aliases.ids, aliases.keys],
  );
}

/** The code with which it failed, in the call or at COMMIT; null: it did not. */
async function commitAfter(call: Promise<void>, connection: Connection) {
  try {
    await call;
    await connection.query("commit");
    return null;
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
    await connection.query("rollback");
    return error.code;
  }
}

function ended(owner: number, beganMs: number, acknowledgedMs: number): Ended {
  return { phase: "measured", owner, number: 0, beganMs, acknowledgedMs };
}

async function isBlocked(pid: number): Promise<boolean> {
  const sql = "select cardinality(pg_blocking_pids($1)) > 0 as blocked";
  return (await database.connection.query(sql, [pid]))[0]?.blocked === true;
}

/** Two calls that overlap, at this isolation: the code with which the second one failed, if it did. */
async function overlapping(place: Place, isolation: string) {
  const sets = [await aliasesFrom(0, 5), await aliasesFrom(10, 7)] as const;
  const lastWrites = new LastWrites();
  const add = (owner: 0 | 1, span: readonly [number, number]) =>
    lastWrites.add([{ key: place.id, value: () => sets[owner].ids }], ended(owner, ...span));
  const failure = await Connection.use(database.address, "one", (one) =>
    Connection.use(database.address, "other", async (other) => {
      for (const connection of [one, other]) {
        await connection.query(`begin isolation level ${isolation}`);
        // With it, it has its snapshot.
        await connection.query("select 1");
      }
      await replace(one, place, sets[0]);
      const [row] = await other.query("select pg_backend_pid() as pid");
      let isOver = false;
      const call = replace(other, place, sets[1]).finally(() => (isOver = true));
      // That it failed is known below.
      call.catch(() => undefined);
      await until(async () => isOver || (await isBlocked(Number(row?.pid))), "they overlap");
      await one.query("commit");
      return commitAfter(call, other);
    }),
  );
  add(0, [0, 10]);
  if (failure === null) add(1, [5, 15]);
  return { failure, invariants: await invariantsAfter(lastWrites) };
}

describe("two overlapping calls of InsertReferences", () => {
  it("both leave their references at READ COMMITTED, which is found", async () => {
    const { failure, invariants } = await overlapping(await documentWith("some"), "read committed");
    expect(failure).toBeNull();
    expect(brokenIn(invariants)).toEqual(["last-write-wins"]);
    expect(invariants[0]?.evidence).toContain(
      "holds 12 references: all 5 of session 0's transaction 0 and all 7 of session 1's transaction 0",
    );
  });

  it("do not at REPEATABLE READ where the document has references: they conflict", async () => {
    const { failure, invariants } = await overlapping(
      await documentWith("some"),
      "repeatable read",
    );
    expect(failure).toBe("40001");
    expect(brokenIn(invariants)).toEqual([]);
  });

  it("do at REPEATABLE READ where it has none: there is no row to conflict on", async () => {
    const { failure, invariants } = await overlapping(
      await documentWith("none"),
      "repeatable read",
    );
    expect(failure).toBeNull();
    expect(brokenIn(invariants)).toEqual(["last-write-wins"]);
    expect(invariants[0]?.evidence).toContain("all 5 of session 0's transaction 0");
  });

  it("do not at SERIALIZABLE, whatever the document has", async () => {
    const { failure, invariants } = await overlapping(await documentWith("none"), "serializable");
    expect(failure).toBe("40001");
    expect(brokenIn(invariants)).toEqual([]);
  });
});

describe("the registers of dms", () => {
  it("tell a document without references from one that is gone", async () => {
    const { id } = await documentWith("none");
    const rows = await database.connection.query(dms.registers?.values ?? "", [[id, "999999"]]);
    expect(rows).toContainEqual({ key: id, value: "[]" });
    expect(rows).toContainEqual({ key: "999999", value: null });
  });

  it("give as often what is there as often", async () => {
    const { id } = await documentWith("some");
    const [row] = await database.connection.query(dms.registers?.values ?? "", [[id]]);
    const [count] = await database.connection.query(
      "select count(*)::int4 as count from dms.Reference where ParentDocumentId = $1",
      [id],
    );
    expect(JSON.parse(String(row?.value))).toHaveLength(Number(count?.count));
  });
});

/** Rows that no foreign key has seen, and what the audit then says. */
async function broken(columns: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const { id, key } = await documentWith("none");
  const { ids, keys } = await aliasesFrom(3, 1);
  const row: Readonly<Record<string, string>> = {
    ParentDocumentId: id,
    ParentDocumentPartitionKey: String(key),
    ReferencedDocumentId: "(select DocumentId from dms.Alias order by DocumentId offset 3 limit 1)",
    ReferencedDocumentPartitionKey:
      "(select DocumentPartitionKey from dms.Alias order by DocumentId offset 3 limit 1)",
    ReferentialId: `'${ids[0] ?? ""}'`,
    ReferentialPartitionKey: String(keys[0]),
    ...columns,
  };
  await database.connection.script(`
    begin;
    set local session_replication_role = replica;
    insert into dms.Reference (${Object.keys(row).join(", ")})
    values (${Object.values(row).join(", ")});
    commit;`);
  const found = brokenIn(await invariantsAfter());
  await database.connection.query("delete from dms.Reference where ParentDocumentId in ($1, $2)", [
    id,
    "999999",
  ]);
  return found;
}

describe("an audit that the server does not answer all of", () => {
  it("keeps what was found before, asks for what comes after, and names the rest as a doubt", async () => {
    await makeLedger(database.address);
    onTestFinished(async () => {
      await database.connection.query("drop schema loadgen_ledger cascade");
    });
    const fates = new Fates();
    const lost = {
      phase: "measured",
      owner: 1,
      number: 0,
      part: 0,
      attempt: 1,
      digest: 7,
    } as const;
    fates.add(lost, "acknowledged");
    const write = { key: "1", value: () => ["a"] };
    const lastWrites = new LastWrites();
    lastWrites.add([write], ended(1, 0, 10));
    const registers = { ...dms.registers!, values: "select 1 / 0 as key, $1::text[] as value" };
    const [first, ...rest] = dms.invariants;
    const gone = { ...first!, violations: "select from dms.Nowhere" };
    const subject = {
      system: { ...dms, registers, invariants: [gone, ...rest] },
      plan,
      known: { untoldSessions: 0, fates: fates.toArrays(), lastWrites: lastWrites.toTell() },
      courses: [],
    };
    const { invariants, ledger, doubts } = await audit(subject, database.address);
    expect(ledger).toMatchObject({ lost: 1 });
    expect(invariants.map(({ name, ok }) => [name, ok])).toEqual([
      ["nothing-lost", false],
      ...rest.map(({ name }) => [name, true]),
    ]);
    expect(doubts).toEqual([
      expect.stringMatching(/could not be asked for last-write-wins: .*division by zero/),
      expect.stringContaining(`could not be asked for ${gone.name}: `),
    ]);
  });

  it("says once why, where the server is gone", async () => {
    const nowhere = database.address.withDatabase("loadgen_nowhere");
    const known = { untoldSessions: 0, fates: null, lastWrites: new LastWrites().toTell() };
    const { invariants, doubts } = await audit({ system: dms, plan, known, courses: [] }, nowhere);
    expect(invariants).toEqual([]);
    expect(doubts).toHaveLength(1);
    expect(doubts[0]).toMatch(
      /could not be asked for last-write-wins, .*no-orphan.*: cannot connect/,
    );
  });
});

describe("the invariants of dms", () => {
  it("hold for a row as the function writes it", async () => {
    expect(await broken({})).toEqual([]);
  });

  it("find a reference whose parent is not there", async () => {
    expect(await broken({ ParentDocumentId: "999999" })).toEqual(["no-orphan"]);
  });

  it("find a reference to a document that is not there", async () => {
    expect(await broken({ ReferencedDocumentId: "999999" })).toEqual([
      "referenced-document-matches-alias",
      "no-orphan",
    ]);
  });

  it("find a reference whose alias is not there", async () => {
    const uuid = "'00000000-0000-0000-0000-000000000003'";
    expect(await broken({ ReferentialId: uuid, ReferentialPartitionKey: "3" })).toEqual([
      "no-orphan",
    ]);
  });

  it("find a partition key that is not its uuid's, or not its parent's", async () => {
    const uuid = "'00000000-0000-0000-0000-000000000003'";
    expect(await broken({ ReferentialId: uuid, ReferentialPartitionKey: "4" })).toEqual([
      "no-orphan",
      "partition-keys-right",
    ]);
    const { key } = await documentWith("none");
    expect(await broken({ ParentDocumentPartitionKey: String((key + 1) % 16) })).toEqual([
      "no-orphan",
      "partition-keys-right",
    ]);
  });
});
