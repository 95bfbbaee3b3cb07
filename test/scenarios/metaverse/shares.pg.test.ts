/** The four operations of a flush, each alone: what it changes, and that it changes nothing else. */
import { expect, it } from "vitest";
import { stepThrough, drive } from "../../helpers/drive.ts";
import { transactionStream } from "../../../src/core/random.ts";
import { Loaded } from "../../fixtures/metaverse/loaded.ts";
import { contextOf, scenarioNamed } from "../worlds.ts";

const scenario = scenarioNamed("metaverse-update");

function contextWith(shares: Readonly<Record<string, number>>) {
  return contextOf(scenario, { page: 40, shares });
}

const none = { parent: 0, insert: 0, update: 0, delete: 0 };

it("shares say which operations there are", async () => {
  const loaded = await Loaded.variant("current");
  const sumOf = async (role: string) => {
    const [sum = ""] = await loaded.texts(
      `select count(*) || ' ' || md5(string_agg(value.value, ',' order by value.object_id, attribute.id))
      from mv.object_value_text as value join mv.attribute as attribute on attribute.id = attribute_id
      where role = $1`,
      role,
    );
    return { count: Number.parseInt(sum, 10), sum };
  };
  const state = async () => ({
    parent: await sumOf("display-name"),
    lasting: await sumOf("lasting"),
    optional: await sumOf("optional"),
  });
  let runs = 0;
  const run = async (kind: string) => {
    const context = contextWith({ ...none, [kind]: 1 });
    const world = await drive(loaded.connection, scenario.prepare(context));
    const random = transactionStream(context.seed, "measured", 0, runs++);
    await drive(loaded.connection, scenario.draw(random, world, context, 0).steps());
    return state();
  };
  const before = await state();
  expect(before.optional.count || 0).toBe(0);

  const renamed = await run("parent");
  expect(renamed).toEqual({ ...before, parent: { ...before.parent, sum: renamed.parent.sum } });
  expect(renamed.parent.sum).not.toBe(before.parent.sum);

  const added = await run("insert");
  expect(added).toEqual({ ...renamed, optional: added.optional });
  expect(added.optional.count).toBeGreaterThan(40);

  const changed = await run("update");
  expect(changed).toEqual({ ...added, lasting: { ...added.lasting, sum: changed.lasting.sum } });
  expect(changed.lasting.sum).not.toBe(added.lasting.sum);

  const removed = await run("delete");
  expect(removed).toEqual({ ...changed, optional: removed.optional });
  expect(removed.optional.count || 0).toBeLessThan(added.optional.count);
  expect(await loaded.broken()).toEqual([]);
  await loaded.database.drop();
});

it("without any share there is nothing to do, which is told", () => {
  const { failure } = stepThrough(scenario.prepare(contextWith(none)), () => []);
  expect(failure).toMatchObject({ kind: "refused", code: "no-shares" });
});
