/** What sessions remember in a run, on a real server that tells what to forget. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { defaultRetry } from "../../../src/core/retry.ts";
import { defineScenario } from "../../../src/core/scenario.ts";
import { type Store, statement } from "../../../src/core/step.ts";
import {
  alone,
  atomically,
  execute,
  forget,
  query,
  recall,
  remember,
} from "../../../src/core/transaction.ts";
import { Stores } from "../../../src/engine/stores.ts";
import { StoreEar } from "../../../src/engine/pg/store-ear.ts";
import { LocalCrew, wholeShare } from "../../../src/engine/pg/local-crew.ts";
import { plainDialect } from "../../../src/engine/dialect.ts";
import { contextOf, planWith } from "../../helpers/plan.ts";
import { type FreshDatabase, freshDatabase, until } from "../../helpers/postgres.ts";

let database: FreshDatabase;

beforeAll(async () => {
  database = await freshDatabase();
  await database.connection.script(`
    create table thing (id int primary key, value int not null);
    insert into thing select i, 0 from generate_series(0, 4) i`);
});
afterAll(() => database.drop());

const store: Store = { name: "things", channel: "Thing Changed" };
const read = statement("read", "select value::text as value from thing where id = $1");
const change = statement("change", "update thing set value = value + 1 where id = $1");
const tell = statement("tell", `select pg_notify('Thing Changed', $1::text)`);

/** Reads by way of the store, and proves what it found; every fifth changes something instead. */
const scenario = defineScenario({
  name: "remembering",
  summary: "reads by way of a store",
  system: null,
  operations: ["look", "change"],
  defaults: { sessions: 2, thinkMs: [0, 0] },
  options: {},
  retry: defaultRetry,
  thresholds: {},
  stores: () => [store],
  *prepare() {
    return null;
  },
  draw(random, _world, context) {
    const id = random.between(0, 4);
    const isChange = random.between(0, 4) === 0;
    return {
      operation: isChange ? "change" : "look",
      inputs: [id],
      steps: isChange
        ? () =>
            atomically(context, function* () {
              yield* execute(change, id);
              yield* query(tell, String(id));
            })
        : function* () {
            const found = (yield* recall(store, [String(id)])).get(String(id));
            const [row] = yield* alone(context, read, id);
            const value = String(row?.value);
            if (found === undefined) yield* remember(store, [[String(id), value]]);
            else if (found !== value) yield* forget(store, [String(id)], true);
          },
    };
  },
});

it("sessions of a run share it, find most in it, and are told of changes", async () => {
  const plan = planWith({ sessions: 2, transactionsPerSession: 200, warmupMs: 1 });
  const crew = new LocalCrew(
    { plan, scenario, context: contextOf(plan), address: database.address, dialect: plainDialect },
    wholeShare(2),
  );
  try {
    await crew.prepare();
    await crew.open();
    await crew.drive(performance.now());
    const { stores } = await crew.finish(1000);
    expect(stores).toMatchObject([{ name: "things" }]);
    const [counts] = stores;
    expect(counts?.asked).toBeGreaterThan(200);
    expect(counts?.hits).toBeGreaterThan(100);
    expect(counts?.told).toBeGreaterThan(10);
    expect(counts?.entries).toBeLessThanOrEqual(5);
    // What was counted before is the warm-up's.
    await crew.beginMeasuring();
    const [none] = (await crew.finish(1000)).stores;
    expect(none).toMatchObject({ asked: 0, hits: 0, stale: 0, remembered: 0, emptied: 0 });
    expect(none?.heard).toBeGreaterThanOrEqual(counts?.heard ?? Number.NaN);
  } finally {
    await crew.close();
  }
});

it("it holds nothing from the loss of the server's notifications to the next connection", async () => {
  const stores = new Stores();
  const ear = new StoreEar(database.address, stores, [store]);
  await ear.open();
  const has = (key: string) => stores.perform({ kind: "recall", store, keys: [key] }).length > 0;
  stores.perform({
    kind: "remember",
    store,
    entries: [
      ["1", "0"],
      ["2", "0"],
    ],
  });
  await database.connection.query("select pg_notify('Thing Changed', '1')");
  await until(() => Promise.resolve(!has("1")), "the notification is heard");
  expect(has("2")).toBe(true);
  await database.connection.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'loadgen/listener'",
  );
  await until(() => Promise.resolve(!has("2")), "the loss is noticed");
  await until(() => {
    stores.perform({ kind: "remember", store, entries: [["3", "0"]] });
    return Promise.resolve(has("3"));
  }, "it listens again");
  await database.connection.query("select pg_notify('Thing Changed', '3')");
  await until(() => Promise.resolve(!has("3")), "the next notification is heard");
  expect(stores.counts()).toMatchObject([{ emptied: 1, told: 2 }]);
  await ear.close();
});
