import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { dms } from "../../fixtures/dms/system.ts";
import { Failure } from "../../src/core/failure.ts";
import { ledgerTable } from "../../src/core/ledger-statements.ts";
import type { Scenario } from "../../src/core/scenario.ts";
import { type Parameter, type Row, statement } from "../../src/core/step.ts";
import { alone, execute } from "../../src/core/transaction.ts";
import type { LedgerResult } from "../../src/invariants/ledger.ts";
import { audit, type Audited } from "../../src/run/audit.ts";
import { makeLedger } from "../../src/run/ledger.ts";
import { type CommitCut, startCommitProxy } from "../helpers/commit-proxy.ts";
import {
  append,
  driven,
  ledgerDatabase,
  ledgerScenario,
  type Rig,
  type RigOptions,
  rowsIn,
} from "../helpers/ledger.ts";
import { planWith } from "../helpers/plan.ts";
import type { FreshDatabase } from "../helpers/postgres.ts";

let database: FreshDatabase;

beforeEach(async () => {
  database = await ledgerDatabase();
  await makeLedger(database.address);
});

afterEach(() => database.drop());

const plan = planWith({ ledger: true, sessions: 2, transactionsPerSession: 5 });

function drivenWithLedger(given: RigOptions = {}, address = database.address): Promise<Rig> {
  return driven(address, { ...given, plan: { ...plan, ...given.plan } });
}

function audited(rig: Rig): Promise<Audited> {
  const known = {
    untoldSessions: 0,
    fates: rig.load.fates?.toArrays() ?? null,
    lastWrites: noWrites,
  };
  return audit({ system: null, plan, known, courses: [] }, database.address);
}

const noWrites = { writes: [], keysLeftOut: [] };

const sound: LedgerResult = {
  rows: 10,
  acknowledged: 10,
  lost: 0,
  doubled: 0,
  refusedButThere: 0,
  unplanned: 0,
  unknown: { committed: 0, rolledBack: 0 },
};

/** What the audit says once the ledger was tampered with. */
async function afterwards(sql: string, scenario = ledgerScenario()): Promise<Audited> {
  const rig = await drivenWithLedger({ scenario });
  await database.connection.query(sql.replaceAll("the_ledger", ledgerTable));
  return audited(rig);
}

describe("the invariants of a system", () => {
  const counting = (sql: string) => ({
    ...dms,
    audited: { noun: "thing", count: sql },
    invariants: [{ name: "fine", holds: "all is well", violations: `${sql} limit 0` }],
  });
  const known = { untoldSessions: 0, fates: null, lastWrites: noWrites };
  const ofFixture = planWith({ system: "dms", fixture: { things: 7 } });

  it("are asked with the keys of registers where it has any, and with no parameter where not", async () => {
    const of = (registers: typeof dms.registers, sql: string) =>
      audit(
        { system: { ...counting(sql), registers }, plan: ofFixture, known, courses: [] },
        database.address,
      );
    const [without, keyed] = [
      "select :things::text as count",
      "select cardinality($1::text[])::text as count",
    ];
    const right = [await of(null, without), await of(dms.registers, keyed)];
    expect(right.map(({ doubts }) => doubts)).toEqual([[], []]);
    const told = right.map(({ invariants }) => invariants.at(-1));
    expect(told.map((one) => one?.name)).toEqual(["fine", "fine"]);
    expect(told[0]).toMatchObject({ ok: true });
    expect(told[0]?.evidence).toContain("7 things");
    expect(told[1]?.evidence).toContain("0 things");
    // What a system has wrong here is a doubt, and not silence.
    const wrong = await of(null, keyed);
    expect(wrong.doubts.join()).toContain("what invariants look at");
  });
});

const first = "session 0's transaction 0 (part 0)";

describe("the ledger of a run", () => {
  it("has each transaction that was acknowledged once", async () => {
    const rig = await drivenWithLedger();
    const { ledger, invariants } = await audited(rig);
    expect(ledger).toEqual(sound);
    expect(invariants).toEqual([expect.objectContaining({ name: "nothing-lost", ok: true })]);
    expect(await rowsIn(database)).toBe(10);
  });

  it("has nothing of transactions that wrote nothing", async () => {
    const read = statement("read", "select count(*)::int4 as count from ledger");
    const scenario = ledgerScenario(() => execute(read));
    const { ledger, invariants } = await audited(await drivenWithLedger({ scenario }));
    expect(ledger).toEqual({ ...sound, rows: 0, acknowledged: 0 });
    expect(invariants).toEqual([]);
  });

  it("has the last attempt of a transaction that was tried again, and no other", async () => {
    let tries = 0;
    const scenario = ledgerScenario(function* (amount) {
      yield* append(amount);
      if (tries++ % 2 === 0) throw new Failure("sql", "40001", "try again");
    });
    const rig = await drivenWithLedger({ scenario, plan: { sessions: 1 } });
    expect(rig.counts()).toMatchObject({ committed: 5, retries: 5 });
    const fates = rig.load.fates!;
    const attempts = Array.from({ length: fates.length }, (_, at) => [
      fates.partAt(at).attempt,
      fates.fateAt(at),
    ]);
    const twice = [
      [1, "refused"],
      [2, "acknowledged"],
    ];
    expect(attempts).toEqual(Array.from({ length: 5 }, () => twice).flat());
    const { ledger } = await audited(rig);
    expect(ledger).toEqual({ ...sound, rows: 5, acknowledged: 5 });
  });

  it.each(["plain", "lean"] as const)(
    "is kept by the %s driver, in a pool, too",
    async (driver) => {
      const rig = await drivenWithLedger({ plan: { driver, poolMax: 1 } });
      expect((await audited(rig)).ledger).toEqual(sound);
    },
  );

  it("finds what was lost", async () => {
    const { ledger, invariants } = await afterwards(
      "delete from the_ledger where owner = 0 and number = 0",
    );
    expect(ledger).toEqual({ ...sound, rows: 9, lost: 1 });
    expect(invariants[0]).toMatchObject({ ok: false });
    expect(invariants[0]?.evidence).toContain(`${first} was acknowledged and is not there`);
  });

  it("finds what is there twice", async () => {
    const { ledger, invariants } = await afterwards(
      "insert into the_ledger select * from the_ledger where owner = 0 and number = 0",
    );
    expect(ledger).toEqual({ ...sound, rows: 11, doubled: 1 });
    expect(invariants[0]?.evidence).toContain(`${first} is there more than once`);
  });

  it("finds what was refused and is there all the same", async () => {
    const scenario = ledgerScenario(function* (amount) {
      yield* append(amount);
      throw new Failure("refused", "changed-its-mind", "no");
    });
    const rig = await drivenWithLedger({ scenario });
    const fates = rig.load.fates!;
    const { phase, owner, number, part, digest } = fates.partAt(0);
    await database.connection.query(`insert into ${ledgerTable} values ($1, $2, $3, $4, $5)`, [
      phase,
      owner,
      number,
      part,
      digest,
    ]);
    expect((await audited(rig)).ledger).toEqual({
      ...sound,
      rows: 1,
      acknowledged: 0,
      refusedButThere: 1,
    });
  });

  it("finds other decisions under a transaction's name", async () => {
    const { ledger, invariants } = await afterwards(
      "update the_ledger set digest = digest # 1 where owner = 1 and number = 4",
    );
    expect(ledger).toEqual({ ...sound, lost: 1, unplanned: 1 });
    expect(invariants[0]?.evidence).toContain("session 1's transaction 4");
  });

  it.each<[CommitCut, LedgerResult["unknown"]]>([
    ["reply-lost", { committed: 1, rolledBack: 0 }],
    ["not-forwarded", { committed: 0, rolledBack: 1 }],
  ])("resolves a COMMIT that was cut: %s", async (how, unknown) => {
    const proxy = await startCommitProxy(database.address.database);
    onTestFinished(() => proxy.close());
    proxy.cutNext(how);
    const rig = await drivenWithLedger({}, proxy.address);
    expect(rig.counts()).toMatchObject({ committed: 9, unknown: 1 });
    const { ledger, invariants } = await audited(rig);
    const rows = 9 + unknown.committed;
    expect(ledger).toEqual({ ...sound, rows, acknowledged: 9, unknown });
    expect(invariants[0]?.ok).toBe(true);
    expect(await rowsIn(database)).toBe(rows);
  });

  it("refuses what a deferred constraint refuses at COMMIT", async () => {
    await database.connection.script(
      "alter table ledger add constraint once unique (session) deferrable initially deferred",
    );
    const rig = await drivenWithLedger({ plan: { sessions: 1 } });
    expect(rig.errors()).toEqual({ "23505": 4 });
    expect((await audited(rig)).ledger).toEqual({ ...sound, rows: 1, acknowledged: 1 });
  });
});

/** Each transaction is this statement outside BEGIN; `told` gets the rows of each. */
function aloneScenario(
  sql: string,
  told: (rows: readonly Row[]) => void,
  ...parameters: Parameter[]
): Scenario {
  const sent = statement("alone", sql);
  return {
    ...ledgerScenario(),
    draw: (_random, _world, context) => ({
      operation: "append",
      inputs: [],
      *steps() {
        told(yield* alone(context, sent, ...parameters));
      },
    }),
  };
}

describe("a statement outside BEGIN", () => {
  const values = "insert into ledger values ($1, 1, 'alone')";

  it.each([
    ["returns what it inserts", `${values} returning amount`, [{ amount: 7 }]],
    ["says nothing of what it inserts", values, [{ touched: true }]],
    ["inserts nothing", `insert into ledger select $1, 1, 'a' where false returning amount`, []],
    ["calls a function that writes", "select note($1)::text as noted", [{ noted: null }]],
    ["has no columns", "select from ledger, note($1) limit 1", []],
    ["ends in a semicolon", `${values} returning pid;`, [{ pid: 1 }]],
    ["ends in a comment", `${values} returning pid -- done`, [{ pid: 1 }]],
  ])("that %s is one transaction with its entry", async (_, sql, rows) => {
    await database.connection.script(
      "create function note(amount int) returns void language sql as 'insert into ledger values ($1, 1, ''noted'')'",
    );
    const seen: (readonly Row[])[] = [];
    const scenario = aloneScenario(sql, (told) => seen.push(told), 7);
    const rig = await drivenWithLedger({ scenario, plan: { sessions: 1 } });
    expect(rig.counts()).toMatchObject({ committed: 5 });
    expect(seen).toHaveLength(5);
    expect(seen[0]).toEqual(rows);
    const { ledger } = await audited(rig);
    expect(ledger).toMatchObject({ lost: 0, doubled: 0, unplanned: 0 });
    expect(ledger?.rows).toBe(ledger?.acknowledged);
    const [row] = await database.connection.query(
      `select count(distinct xmin::text)::int4 as transactions from
        (select xmin from ledger union all select xmin from ${ledgerTable}) as written`,
    );
    // The same transaction wrote both.
    expect(row?.transactions).toBe(await rowsIn(database));
  });

  it.each([
    ["calls a procedure", "call note_it($1)"],
    [
      "has a WITH that writes",
      `with made as (${values} returning 1) select count(*)::int4 from made`,
    ],
    [
      "merges",
      `merge into ledger using (values ($1::int4)) as given (n) on false
        when not matched then insert values (given.n, 1, 'merged')`,
    ],
  ])("that %s is begun for its entry", async (_, sql) => {
    await database.connection.script(
      "create procedure note_it(amount int) language sql as 'insert into ledger values ($1, 1, ''called'')'",
    );
    const scenario = aloneScenario(sql, () => undefined, 7);
    const rig = await drivenWithLedger({ scenario });
    expect(rig.counts()).toMatchObject({ committed: 10 });
    expect((await audited(rig)).ledger).toEqual(sound);
    expect(await rowsIn(database)).toBe(10);
  });

  it("that only reads leaves no entry", async () => {
    const scenario = aloneScenario("select $1::int4 as given", () => undefined, 7);
    const { ledger } = await audited(await drivenWithLedger({ scenario }));
    expect(ledger).toEqual({ ...sound, rows: 0, acknowledged: 0 });
  });

  it("leaves no entry of what it failed to do", async () => {
    const scenario = aloneScenario("select 1 / $1::int4 from ledger_entry_1()", () => undefined, 0);
    await database.connection.script(
      "create function ledger_entry_1() returns int language sql as 'insert into ledger values (1, 1, '''') returning 1'",
    );
    const rig = await drivenWithLedger({ scenario });
    expect(rig.errors()).toEqual({ "22012": 10 });
    expect((await audited(rig)).ledger).toEqual({ ...sound, rows: 0, acknowledged: 0 });
  });
});
