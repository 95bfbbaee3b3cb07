/** Pages of metaverse-create over several connections: what they leave, and what of a page that fails. */
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { transactionStream } from "../../../src/core/random.ts";
import type { Scenario } from "../../../src/core/scenario.ts";
import { checkLedger, makeLedger } from "../../../src/run/ledger.ts";
import { Loaded } from "../../fixtures/metaverse/loaded.ts";
import { drive } from "../../helpers/drive.ts";
import { Barrier, driven, type Rig } from "../../helpers/ledger.ts";
import { until } from "../../helpers/postgres.ts";
import { contextOf, scenarioNamed } from "../worlds.ts";

let loaded: Loaded;
beforeAll(async () => {
  loaded = await Loaded.variant("current");
  await makeLedger(loaded.database.address);
  await loaded.connection.query("create schema sabotage");
});
afterAll(() => loaded.database.drop());

const made = "select id from mv.object where created >= '2026-01-01'";

afterEach(() =>
  loaded.connection.script(`
    drop schema sabotage cascade;
    create schema sabotage;
    delete from mv.object_value where object_id in (${made});
    delete from mv.object where id in (${made});
    truncate loadgen_ledger.entry`),
);

/** What a session that is to create one page is given, and the ids of its objects, groups at the end. */
async function onePage(create: string, { page, writers }: Record<"page" | "writers", number>) {
  const scenario = scenarioNamed("metaverse-create");
  const context = { ...contextOf(scenario, { page, writers }), strategies: { create } };
  const world = await drive(loaded.connection, scenario.prepare(context));
  const planned = scenario.draw(
    transactionStream(context.seed, "measured", 0, 0),
    world,
    context,
    0,
  );
  const rigged: Scenario = { ...scenario, draw: () => planned };
  const connectionsEach = scenario.connections?.(context) ?? 1;
  const plan = { sessions: 1, transactionsPerSession: 1, ledger: true, connectionsEach };
  return { ids: planned.inputs.map(String), rig: { plan, scenario: rigged } };
}

/** Of each transaction that made rows in a table, how many; the largest first. */
function rowsByTransaction(table: "object_value" | "object"): Promise<readonly string[]> {
  return loaded.texts(
    `select count(*) from mv.${table} where ${table === "object" ? "id" : "object_id"} in (${made})
    group by xmin::text order by count(*) desc`,
  );
}

/** What a run's audit would say is broken. */
async function audited(rig: Rig): Promise<readonly string[]> {
  const fates = rig.load.fates?.toArrays();
  const ledger = (await checkLedger(loaded.connection, fates!)).end().invariant;
  return [...(await loaded.broken()), ...(ledger?.ok === false ? [ledger.name] : [])];
}

function errorsOf(rig: Rig): Readonly<Record<string, number>> {
  return Object.fromEntries(rig.tally().operation("create-page").errors);
}

/** Ends whichever connection brings a value of this object. */
async function sabotageValuesOf(id: string | undefined): Promise<void> {
  await loaded.connection.script(`
    create function sabotage.leave() returns trigger language plpgsql
      as 'begin perform pg_terminate_backend(pg_backend_pid()); return null; end';
    create trigger leave after insert on mv.object_value for each row
      when (new.object_id = '${id ?? ""}') execute function sabotage.leave()`);
}

it("a page is written in as many parts as there are writers, first objects, then values one by one", async () => {
  const { rig } = await onePage("copy-binary-parallel", { page: 152, writers: 3 });
  const driving = await driven(loaded.database.address, rig);
  expect(driving.counts()).toMatchObject({ committed: 1 });
  expect(await rowsByTransaction("object")).toEqual(["51", "51", "50"]);
  const values = (await rowsByTransaction("object_value")).map(Number);
  expect(values).toHaveLength(3);
  expect(values[0]! - values[2]!).toBeLessThanOrEqual(1);
  expect(await audited(driving)).toEqual([]);
});

it("a page that loses a part of its values is aborted, and found half-written", async () => {
  const { ids, rig } = await onePage("copy-binary-parallel", { page: 100, writers: 2 });
  await sabotageValuesOf(ids.at(-1));
  const driving = await driven(loaded.database.address, rig);
  expect(driving.counts()).toMatchObject({ committed: 0, aborted: 1 });
  expect(errorsOf(driving)).toEqual({ "57P01": 1 });
  // All objects are there, and the other part's values: nobody takes them back.
  expect(await rowsByTransaction("object")).toEqual(["50", "50"]);
  expect(await rowsByTransaction("object_value")).toHaveLength(1);
  // The ledger has nothing to complain of: what its three entries acknowledged is there.
  expect(await audited(driving)).toEqual(["made-whole"]);
});

it("a page over one connection is there as a whole or not at all", async () => {
  const { ids, rig } = await onePage("copy-binary-parallel", { page: 99, writers: 2 });
  await sabotageValuesOf(ids.at(-1));
  const driving = await driven(loaded.database.address, rig);
  expect(driving.counts()).toMatchObject({ committed: 0, aborted: 1 });
  expect(errorsOf(driving)).toEqual({ "57P01": 1 });
  expect(await rowsByTransaction("object")).toEqual([]);
  expect(await audited(driving)).toEqual([]);
});

it("in one phase, values that refer to another part's objects are refused, and do not wait for them", async () => {
  const { ids, rig } = await onePage("copy-binary-one-phase", { page: 100, writers: 2 });
  // The first part, which is of users alone, is held up before it commits.
  await loaded.connection.script(`
    create function sabotage.wait() returns trigger language plpgsql
      as 'begin perform pg_advisory_xact_lock_shared(1); return null; end';
    create trigger wait after insert on mv.object for each row
      when (new.id = '${ids[0] ?? ""}') execute function sabotage.wait()`);
  const barrier = await Barrier.close(loaded.database.address, 1);
  const ending = driven(loaded.database.address, rig);
  await barrier.untilWaiting(1);
  const rolledBack = `select pid from pg_stat_activity
    where datname = current_database() and state = 'idle' and query ilike 'rollback%'`;
  await until(async () => (await loaded.texts(rolledBack)).length === 1, "the other is refused");
  await barrier.end();
  const driving = await ending;
  expect(driving.counts()).toMatchObject({ committed: 0, aborted: 1 });
  expect(errorsOf(driving)).toEqual({ "23503": 1 });
  // Whole, each of them: that the page's other objects never came, only its outcome says.
  expect(await rowsByTransaction("object")).toEqual(["50"]);
  expect(await audited(driving)).toEqual([]);
});
