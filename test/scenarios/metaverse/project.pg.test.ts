/** What a page of metaverse-sync makes, and that it ends at once where it was made before. */
import { expect, it } from "vitest";
import { transactionStream } from "../../../src/core/random.ts";
import { Loaded } from "../../fixtures/metaverse/loaded.ts";
import { drive } from "../../helpers/drive.ts";
import { contextOf, scenarioNamed } from "../worlds.ts";

it("new objects have an entry of the source, and are not made twice", async () => {
  const loaded = await Loaded.variant("current");
  const scenario = scenarioNamed("metaverse-sync");
  const weights = { "sync-page": 1, "read-object": 0, "read-page": 0, "delete-object": 0 };
  const context = contextOf(scenario, { page: 40, weights });
  const world = await drive(loaded.connection, scenario.prepare(context));
  const random = transactionStream(context.seed, "measured", 0, 0);
  const { steps } = scenario.draw(random, world, context, 0);
  await drive(loaded.connection, steps());
  // Of each new object its one entry, which has the values that other entries of users have.
  const made = `
    select concat_ws(' ', system.name, entry.join_type, entry.date_joined = object.created,
      entry.import_state_hash is null, (
        select string_agg(attribute.name, ',' order by attribute.id)
        from mv.connected_value as value
        join mv.attribute as attribute on attribute.id = value.attribute_id
        join mv.object_value as own on own.object_id = object.id
          and own.attribute_id = value.attribute_id and own.string_value = value.string_value
        where value.connected_object_id = entry.id
      ))
    from mv.object as object
    left join mv.connected_object as entry on entry.object_id = object.id
    left join mv.connected_system as system on system.id = entry.connected_system_id
    where object.created >= '2026-01-01'`;
  const values = "employeeId,firstName,lastName,email,jobTitle,department,phone";
  expect(await loaded.texts(made)).toEqual(Array(4).fill(`source 1 t t ${values}`));
  expect(await loaded.broken()).toEqual([]);
  await expect(drive(loaded.connection, steps())).rejects.toMatchObject({
    kind: "refused",
    code: "made-before",
  });
  expect(await loaded.texts(made)).toHaveLength(4);
  await loaded.database.drop();
});
