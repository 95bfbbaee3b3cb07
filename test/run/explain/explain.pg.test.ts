import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Plan } from "../../../src/core/plan.ts";
import { defaultRetry } from "../../../src/core/retry.ts";
import { defineScenario, type Scenario } from "../../../src/core/scenario.ts";
import { statement } from "../../../src/core/step.ts";
import { alone, atomically, execute, guarded, query } from "../../../src/core/transaction.ts";
import { readCounters } from "../../../src/observe/snapshots/counters.ts";
import { Explaining } from "../../../src/run/explain/explain.ts";
import type { Explained } from "../../../src/run/explain/explained.ts";
import type { Address } from "../../../src/server/address.ts";
import { Connection } from "../../../src/server/connection.ts";
import { onEachServer } from "../../faults/in-run.ts";
import { planWith } from "../../helpers/plan.ts";
import { type FreshDatabase, freshDatabase } from "../../helpers/postgres.ts";
import { freshRole } from "../../helpers/role.ts";

const schema = `
  create table thing (key int primary key, label text not null);
  create table part (
    id bigint generated always as identity primary key,
    thing int not null references thing deferrable initially deferred);
  insert into thing select n, 'thing ' || n from generate_series(1, 5000) as n;
  insert into part (thing) select n from generate_series(1, 100) as n;
  create function found(wanted int) returns text language plpgsql as $$
  begin
    return (select label from thing where thing.key = wanted);
  end $$;
  create function changed(wanted int) returns int language plpgsql as $$
  begin
    perform label from thing where thing.key = wanted;
    update thing set label = 'changed' where thing.key = wanted;
    return 1;
  end $$;
  analyze;`;

const operations = ["read", "write", "call", "build", "fail", "end", "never"] as const;

const statements = {
  read: statement("read-thing", "select label from thing where key = $1::int4"),
  write: statement("add-part", "insert into part (thing) values ($1::int4)"),
  lock: statement("lock-thing", "select true as locked from thing where key = $1::int4 for update"),
  add: statement("add-thing-there", "insert into thing values ($1::int4, 'new')"),
  build: statement("make-table", "create table other (key int)"),
  change: statement("change-thing", "select changed($1::int4) as changed"),
  call: statement("call-found", "select found($1::int4) as label"),
  fail: statement("add-thing", "insert into thing values (1, 'again')"),
  broken: statement("read-nothing", "select 1 from nothing"),
  commit: statement("commit-by-itself", "commit"),
};

/** One of each kind, in turn; the last is never drawn. */
function scenario(): Scenario {
  let drawn = 0;
  return defineScenario({
    name: "explained",
    summary: "",
    system: null,
    operations,
    defaults: { sessions: 1, thinkMs: [0, 0] },
    options: {},
    retry: defaultRetry,
    thresholds: {},
    *prepare() {
      const [row] = yield* query(statement("max", "select max(key) as max from thing"));
      return Number(row?.max);
    },
    draw(random, max, context) {
      const key = random.between(1, max);
      const operation = operations[drawn++ % (operations.length - 1)] ?? "";
      const bodies: Readonly<Record<string, () => ReturnType<typeof execute>>> = {
        *write() {
          yield* query(statements.lock, key);
          for (let part = 0; part < 3; part++) yield* execute(statements.write, key);
          // Refused if explaining it has left it behind.
          yield* execute(statements.add, max + key);
          yield* query(statements.read, key);
        },
        *build() {
          yield* execute(statements.build);
          yield* query(statements.read, key);
          const [row] = yield* query(statements.change, key);
          yield* query(statements.read, Number(row?.changed));
        },
        *call() {
          yield* query(statements.call, key);
        },
        *fail() {
          yield* guarded(
            ["23505"],
            () => execute(statements.fail),
            () => execute(statements.broken),
          );
        },
        *end() {
          yield* execute(statements.commit);
        },
      };
      const body = bodies[operation];
      const steps = () =>
        body === undefined
          ? alone(context, statements.read, key)
          : atomically(context, () => body());
      return { operation, inputs: [key], steps };
    },
  });
}

interface Told {
  readonly notes: string[];
  /** What was written last. */
  explained(): Explained;
}

function optionsFor(address: Address, plan: Partial<Plan> = {}) {
  const notes: string[] = [];
  let written: unknown;
  const told: Told = { notes, explained: () => written as Explained };
  const options = {
    plan: planWith({ explain: true, ...plan }),
    scenario: scenario(),
    address,
    folder: {
      writeJson(_name: string, value: unknown) {
        written = value;
        return Promise.resolve();
      },
    },
    listener: { phase: () => undefined, note: (text: string) => notes.push(text) },
  };
  return { options, told };
}

onEachServer((server) => {
  let database: FreshDatabase;

  beforeEach(async () => {
    database = await freshDatabase(server().address);
    // A connection that stays open counts what it did when it finds the time.
    await Connection.use(database.address, "test", (connection) => connection.script(schema));
  });

  afterEach(() => database.drop());

  /** All that a dump would have. */
  async function content(): Promise<string> {
    const [row] = await database.connection.query(`
      select md5(string_agg(t::text, ',' order by key)) as things,
        (select md5(string_agg(p::text, ',' order by id)) from part as p) as parts,
        (select string_agg(s::text, ',') from pg_sequences as s) as sequences
      from thing as t`);
    return JSON.stringify(row);
  }

  /** Rows, in all tables, by what is read right now. */
  async function inserted(): Promise<number> {
    const { tables } = await Connection.use(database.address, "test", readCounters);
    return tables?.total.inserted ?? Number.NaN;
  }

  async function run(plan: Partial<Plan> = {}, address = database.address, between = "select 1") {
    const { options, told } = optionsFor(address, plan);
    const explaining = await Explaining.before(options);
    await database.connection.script(between);
    const summary = await explaining?.after();
    return { summary: summary ?? {}, explained: told.explained(), notes: told.notes };
  }

  describe("explaining", () => {
    it("leaves data and sequences as they were, and is in no counter that is read after it", async () => {
      const before = await content();
      // Whatever came earlier is counted by then.
      await Explaining.before(optionsFor(database.address).options);
      const first = await inserted();
      await Explaining.before(optionsFor(database.address).options);
      // Three parts and two things, of which one was refused: all that is left of them are dead rows.
      expect((await inserted()) - first).toBe(5);
      expect(await content()).toBe(before);
    });

    it("sees each statement, those in functions and triggers too, and names what it cannot", async () => {
      const { explained, summary, notes } = await run();
      expect(notes).toEqual([]);
      const pass = explained.before;
      expect(pass).toMatchObject({ way: "auto_explain", isReadOnly: false });
      const { read, write, call, fail, end, never } = pass?.operations ?? {};
      expect(read?.problem).toBeNull();
      expect(read?.statements).toMatchObject([
        { name: "read-thing", times: 1, figures: { rows: 1 } },
      ]);
      expect(write?.statements.map(({ name, times }) => [name, times])).toEqual([
        ["lock-thing", 1],
        ["add-part", 3],
        ["add-thing-there", 1],
        ["read-thing", 1],
        // The foreign key is checked when it would commit.
        ["commit", 1],
      ]);
      expect(write?.statements[1]?.figures.walRecords).toBeGreaterThanOrEqual(6);
      expect(write?.statements[4]?.nested).toMatchObject([{ times: 3 }]);
      expect(call?.statements[0]?.nested[0]?.text).toContain("thing.key = wanted");
      expect(fail?.problem).toContain('"nothing" does not exist');
      expect(end?.problem).toBe("commit-by-itself ends its transaction, and was not performed");
      expect(never?.problem).toContain("not one in");
      expect(summary.write).toMatchObject({ planChanged: [], problems: [] });
      expect(summary.write?.after?.walBytes).toBeGreaterThan(0);
      expect(summary.never?.planChanged).toBeNull();
    });

    it("tells whose plan changed in between, inside of a function too", async () => {
      const { summary } = await run(
        {},
        database.address,
        "alter table part drop constraint part_thing_fkey; alter table thing drop constraint thing_pkey",
      );
      const change = "Index Scan using thing_pkey on public.thing became Seq Scan on public.thing";
      expect(summary.read?.planChanged).toEqual([`read-thing: ${change}`]);
      expect(summary.call?.planChanged).toEqual([
        'call-found, in it "(select label from thing where thing.key = wanted)": ' +
          "InitPlan: Index Scan using thing_pkey on public.thing became InitPlan: Seq Scan on public.thing",
      ]);
    });

    it("tells tables of one name apart by their schema, and partitions by their table's", async () => {
      const { summary } = await run(
        {},
        database.address,
        `create schema apart;
         create table apart.thing (key int primary key, label text not null) partition by hash (key);
         create table thing_0 partition of apart.thing for values with (modulus 1, remainder 0);
         insert into apart.thing select * from thing; analyze;
         do $$ begin
           execute format('alter database %I set search_path = apart, public', current_database());
         end $$`,
      );
      const scan = "Index Scan using thing_pkey on";
      expect(summary.read?.planChanged).toEqual([
        `read-thing: ${scan} public.thing became ${scan} apart.thing`,
      ]);
    });

    it("asks by EXPLAIN where the role may not load auto_explain", async () => {
      const role = await freshRole(database.address);
      await database.connection.script(
        `grant all on all tables in schema public to ${role.name};
         grant all on all sequences in schema public to ${role.name}`,
      );
      try {
        const before = await content();
        const { explained, summary, notes } = await run({}, role.address);
        expect(notes).toEqual([]);
        expect(explained.before?.way).toBe("explain");
        const { write, call, fail } = explained.before?.operations ?? {};
        expect(write?.statements.map(({ name, times }) => [name, times])).toEqual([
          ["lock-thing", 1],
          ["add-part", 3],
          ["add-thing-there", 1],
          ["read-thing", 1],
        ]);
        expect(write?.statements[1]?.figures).toMatchObject({ rows: 3 });
        expect(write?.statements[1]?.plans[0]?.shape.label).toBe("Insert on public.part");
        expect(write?.problem).toBeNull();
        expect(call?.statements).toMatchObject([{ plans: [{ times: 1 }], nested: [] }]);
        expect(fail?.problem).toContain('"nothing" does not exist');
        expect(summary.read).toMatchObject({ planChanged: [], problems: [] });
        expect(await content()).toBe(before);
      } finally {
        await database.connection.script(`drop owned by ${role.name}`);
        await role.drop();
      }
    });

    it("only reads in a database that is somebody's, and plans what would write", async () => {
      await run({ existing: true });
      const first = await inserted();
      const { explained, summary } = await run({ existing: true });
      const { read, write, call, build, fail } = explained.after?.operations ?? {};
      expect(explained.after?.isReadOnly).toBe(true);
      expect(read).toMatchObject({
        statements: [{ isEstimated: false, figures: { rows: 1 } }],
        problem: null,
      });
      expect(call?.statements[0]?.nested).toHaveLength(1);
      // The rows of what locks are read, nobody needs those of what writes, and it goes on to its end.
      const seen = (one: typeof write) =>
        one?.statements.map(({ name, times, isEstimated }) => [name, times, isEstimated]);
      expect(seen(write)).toEqual([
        ["lock-thing", 1, true],
        ["add-part", 3, true],
        ["add-thing-there", 1, true],
        ["read-thing", 1, false],
      ]);
      expect(write?.problem).toBe(
        "planned only, because it would write or lock rows: lock-thing, add-part, add-thing-there",
      );
      expect(seen(build)).toEqual([
        ["read-thing", 1, false],
        ["change-thing", 1, true],
      ]);
      // What the function read before it wrote was performed.
      expect(build?.statements[1]?.nested).toMatchObject([
        { text: "SELECT label from thing where thing.key = wanted", isEstimated: false },
      ]);
      expect(build?.problem).toBe(
        "planned only, because it would write or lock rows: change-thing; " +
          "left out, because it would write, and has no plan: make-table; " +
          "left out, because it needs the rows of change-thing: whatever follows",
      );
      expect(fail?.statements).toMatchObject([{ name: "add-thing", isEstimated: true }]);
      expect(summary.write).toMatchObject({
        planChanged: [],
        problems: [`before: ${write?.problem}`, `after: ${write?.problem}`],
      });
      expect(summary.fail).toMatchObject({ before: null, after: null, planChanged: [] });
      expect((await inserted()) - first).toBe(0);
    });

    it("is a note, and nothing worse, where the database is not to be had", async () => {
      const { notes, summary, explained } = await run({}, database.address.withDatabase("nowhere"));
      expect(notes).toEqual([expect.stringContaining("the operations' plans are not known: ")]);
      expect(explained).toMatchObject({ before: null, after: null });
      expect(summary.read).toMatchObject({ before: null, planChanged: null });
    });
  });
});
