import { afterAll, beforeAll, expect, it } from "vitest";
import { metaverse } from "../../../fixtures/metaverse/system.ts";
import { dictionaryOf } from "../../../scenarios/metaverse/dictionary.ts";
import { joinPage } from "../../../scenarios/metaverse/join.ts";
import type { Place } from "../../../scenarios/metaverse/lookup.ts";
import { updateObjects } from "../../../scenarios/metaverse/write-changes.ts";
import { transactionStream } from "../../../src/core/random.ts";
import { knownVariant } from "../../../src/core/variant.ts";
import { Loaded } from "../../fixtures/metaverse/loaded.ts";
import { drive } from "../../helpers/drive.ts";
import { contextOf, scenarioNamed } from "../worlds.ts";
import { meet, type Met } from "./meeting.ts";

/** With the schema of `current`, which most of them share. */
let loaded: Loaded;
let indexed: Loaded;
beforeAll(async () => {
  loaded = await Loaded.variant("current");
  indexed = await Loaded.variant("single-value-index");
  for (const { connection } of [loaded, indexed]) {
    await connection.script(`
      create table mv.loaded_object as table mv.object;
      create table mv.loaded_value as table mv.object_value`);
  }
});
afterAll(() => Promise.all([loaded.database.drop(), indexed.database.drop()]));

/** As before the first of those who meet. */
const reloaded = `
  truncate mv.object_value;
  insert into mv.object_value table mv.loaded_value;
  update mv.object as object
  set last_updated = loaded.last_updated, cached_display_name = loaded.cached_display_name
  from mv.loaded_object as loaded where loaded.id = object.id`;

async function met(
  variant: string,
  isolation = "read committed",
): Promise<Met & { readonly broken: readonly string[] }> {
  const there = variant === "single-value-index" ? indexed : loaded;
  const both = await meet(there, { variant, isolation });
  const broken = await there.broken(both.keys);
  await there.connection.script(reloaded);
  return { ...both, broken };
}

/** What is done in a transaction, and then undone. */
async function undone<T>(work: () => Promise<T>): Promise<T> {
  await loaded.connection.query("begin");
  try {
    return await work();
  } finally {
    await loaded.connection.query("rollback");
  }
}

it.each(["current", "update-staged", "update-delete-insert"])(
  "two updaters of one object both leave a value (%s)",
  async (variant) => {
    expect(await met(variant)).toMatchObject({
      repeated: [],
      broken: expect.arrayContaining(["single-valued"]) as unknown,
    });
  },
);

it.each([
  ["lock", "read committed", []],
  ["lock,update-delete-insert", "read committed", []],
  ["single-value-index", "read committed", ["23505"]],
  // A stale token touches nothing, and the object is read again.
  ["update-per-row", "read committed", []],
  ["current", "repeatable read", ["40001"]],
  ["current", "serializable", ["40001"]],
])("two updaters of one object leave one value with %s, %s", async (variant, isolation, codes) => {
  const { repeated, broken } = await met(variant, isolation);
  expect(broken).toEqual([]);
  expect([...new Set(repeated)]).toEqual(codes);
});

/** An entry that is nobody's, whose id is a pattern that another's id fits, looks for its object. */
async function brokenAfterJoin(variant: string): Promise<readonly string[]> {
  const { strategies } = knownVariant(metaverse, variant);
  const [id = ""] = await loaded.texts(
    "select connected_object_id from mv.connected_value where string_value = 'E_0000004'",
  );
  const ids = "select %s from mv.object_value where attribute_id = 2 order by object_id";
  const dictionary = dictionaryOf(
    strategies,
    await loaded.texts(ids.replace("%s", "string_value")),
    await loaded.texts(ids.replace("%s", "object_id")),
  );
  const objects: Place = { side: "object", scope: 1, attribute: 2, dictionary };
  const entries = [{ id, externalId: "E_0000004" }];
  return undone(async () => {
    await drive(loaded.connection, joinPage({ strategies, provesHits: false }, objects, entries));
    return loaded.broken();
  });
}

it.each(["current", "match-per-object"])(
  "an id with a wildcard joins the object of another (%s)",
  async (variant) => {
    expect(await brokenAfterJoin(variant)).toEqual(["joined-by-its-id"]);
  },
);

it.each(["spelling-equal", "spelling-lower", "match-page", "match-prefetched"])(
  "an id with a wildcard is nobody's with %s",
  async (variant) => {
    expect(await brokenAfterJoin(variant)).toEqual([]);
  },
);

it("an id with a wildcard is ambiguous to those who look it up", async () => {
  const scenario = scenarioNamed("metaverse-match");
  const weights = { "match-page": 1, "join-page": 0, "read-page": 0 };
  const run = async (wildcards: boolean) => {
    const context = contextOf(scenario, { wildcards, weights });
    const world = await drive(loaded.connection, scenario.prepare(context));
    for (let number = 0; number < 10; number++) {
      const random = transactionStream(context.seed, "measured", 0, number);
      await drive(loaded.connection, scenario.draw(random, world, context, 0).steps());
    }
  };
  await run(false);
  await expect(run(true)).rejects.toMatchObject({ kind: "refused", code: "ambiguous-match" });
});

it("a guard by a stale token overwrites nothing", () =>
  undone(async () => {
    const [id = ""] = await loaded.texts("select id from mv.object order by id limit 1");
    const token = "select xmin::text from mv.object where id = $1";
    const [stale = ""] = await loaded.texts(token, id);
    await loaded.connection.query("update mv.object set status = 1 where id = $1", [id]);
    const object = { id, now: "2026-02-01T00:00:00.000Z", displayName: "overwritten" };
    const strategies = { update: "per-row" };
    const update = (given: string) =>
      drive(loaded.connection, updateObjects(strategies, [{ ...object, token: given }]));
    expect(await update(stale)).toBe(false);
    // As of a row that its writer never read.
    expect(await update("0")).toBe(false);
    const name = "select cached_display_name from mv.object where id = $1";
    expect(await loaded.texts(name, id)).not.toContain("overwritten");
    const [fresh = ""] = await loaded.texts(token, id);
    expect(await update(fresh)).toBe(true);
    expect(await loaded.texts(name, id)).toEqual(["overwritten"]);
  }));

it("of two who claim one entry, or bring an object two entries, one wins", () =>
  undone(async () => {
    const strategies = { match: "id-only", spelling: "equal" };
    const dictionary = { keys: [], ids: [] };
    const objects: Place = { side: "object", scope: 1, attribute: 2, dictionary };
    const [free = "", joined = ""] = await loaded.texts(
      `select entry.id from mv.connected_object as entry
      join mv.connected_value as value on value.connected_object_id = entry.id
      where connected_system_id = 2 and string_value in ('E-0000004', 'E-0000003')
      order by object_id nulls first`,
    );
    const join = (id: string, externalId: string) =>
      drive(
        loaded.connection,
        joinPage({ strategies, provesHits: false }, objects, [{ id, externalId }]),
      );
    const object = "select object_id from mv.connected_object where id = $1";
    // Its object has an entry of the system already: 23505, which is no reason to give up the page.
    await join(free, "E-0000003");
    expect(await loaded.texts(object, free)).toEqual(["null"]);
    // It is joined: the second claim touches nothing.
    const before = await loaded.texts(object, joined);
    await join(joined, "E-0000004");
    expect(await loaded.texts(object, joined)).toEqual(before);
    await join(free, "E-0000004");
    expect(await loaded.texts(object, free)).not.toEqual(["null"]);
    expect(await loaded.broken()).toEqual([]);
  }));
