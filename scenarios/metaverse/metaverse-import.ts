/**
 * Imports and joins by external id while what the ids lead to changes: entries and objects exchange
 * theirs, entries are replaced by others, and are made and confirmed. What sessions remember (variants
 * match-…-cache and match-model) is out of date then unless they are told (variants told-…), and an
 * import into the wrong entry, or a join to the wrong object, is to be found.
 */
import { refuse } from "../../src/core/failure.ts";
import { defaultRetry } from "../../src/core/retry.ts";
import { defineScenario, type Planned } from "../../src/core/scenario.ts";
import { statement } from "../../src/core/step.ts";
import { query, type Transaction } from "../../src/core/transaction.ts";
import { storesOf } from "./caches.ts";
import { draws, type ImportWorld, importOperations, importOptions } from "./import-draws.ts";
import { placeOfEntries, readPlaceOfUsers } from "./places.ts";
import { drawWeighted, requireWeights } from "./weights.ts";
import { entriesOf, readAttributes, readEntries, requireEnough } from "./world.ts";

export const metaverseImport = defineScenario({
  name: "metaverse-import",
  summary: "imports and joins by external id while entries and objects exchange theirs",
  system: "metaverse",
  operations: importOperations,
  defaults: { sessions: 1, thinkMs: [0, 0] },
  options: importOptions,
  // Entries that everybody is after are locked in rounds, as they are found, and not in one order.
  retry: { ...defaultRetry, attemptsMax: 100 },
  thresholds: { aborted: ["count == 0"], unknown: ["count == 0"] },
  stores: ({ strategies }) => storesOf(strategies),

  *prepare({ options: { page, hot, weights }, strategies }): Transaction<ImportWorld> {
    requireWeights(importOperations, weights);
    const { externalId, secondaryId, importedAs } = yield* readAttributes();
    const all = yield* readEntries("directory");
    const known = new Set(all.externalIds);
    const restless = (yield* query(restlessStatement, all.system))
      .map((row) => String(row.external_id))
      .filter((one) => known.has(one));
    const joined = entriesOf(all, (index) => all.objects[index] !== "");
    requireEnough({ noun: "entries of nobody", there: restless.length }, { hot, page });
    for (const [noun, there] of [
      ["entries of nobody", restless.length],
      ["joined entries", joined.ids.length],
    ] as const) {
      // Two exchange their ids.
      const wanted = Math.max(2, hot ?? 0);
      if (there < wanted)
        refuse("too-few", `expected ${wanted} ${noun} or more, there are ${there}`);
    }
    const externalIds = restless.slice(0, hot ?? restless.length);
    const place = placeOfEntries(strategies, externalId, all);
    return {
      ...{ place, externalIds, importedAs },
      secondary: { ...place, attribute: secondaryId.id, dictionary: { keys: [], ids: [] } },
      users: yield* readPlaceOfUsers(strategies, externalId),
      joined: entriesOf(joined, (index) => hot === null || index < hot),
    };
  },

  draw(random, world, context): Planned {
    const operation = drawWeighted(random, importOperations, context.options.weights);
    return draws[operation](random, world, context);
  },
});

/** Of nobody, and nothing refers to them: they may come and go. Ids that are patterns are left out. */
const restlessStatement = statement(
  "read-restless",
  `select value.string_value as external_id
  from mv.connected_object as entry
  join mv.connected_value as value
    on value.connected_object_id = entry.id and value.attribute_id = entry.external_id_attribute_id
  where entry.connected_system_id = $1::int4 and entry.object_id is null
    and value.string_value !~ '[_%]'
    and not exists (select from mv.connected_value as other where other.reference_value_id = entry.id)
  order by value.string_value collate "C"`,
);
