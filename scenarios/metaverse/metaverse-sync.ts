/**
 * A synchronisation beside those who look at its objects: whole pages (see sync-page.ts), objects and
 * pages of entries read, and now and then an object deleted. One object in twenty-five is only ever
 * deleted, so that it is known what must be left. By default there is one session, as the original has one worker:
 * several may meet on objects, and need a guard.
 */
import { refuse } from "../../src/core/failure.ts";
import { defineScenario, type Planned } from "../../src/core/scenario.ts";
import { atomically, type Transaction } from "../../src/core/transaction.ts";
import { changeKinds, changeOptions } from "./changes.ts";
import { deleteObject } from "./deletion.ts";
import { dictionaryOf } from "./dictionary.ts";
import { readImportable } from "./import.ts";
import { storesOf } from "./caches.ts";
import { hydrate } from "./hydrate.ts";
import { updateRetry } from "./metaverse-update.ts";
import { readPage } from "./page-read.ts";
import { drawSync, type SyncWorld } from "./sync-page.ts";
import { drawWeighted, requireWeights } from "./weights.ts";
import {
  entriesOf,
  isLeaver,
  readAttributes,
  readEntries,
  readUsers,
  requireEnough,
  stays,
} from "./world.ts";

const operations = ["sync-page", "read-object", "read-page", "delete-object"] as const;

interface World extends SyncWorld {
  readonly leavers: readonly string[];
}

export const metaverseSync = defineScenario({
  name: "metaverse-sync",
  summary: "whole pages of a synchronisation, mixed with reads and deletes",
  system: "metaverse",
  operations,
  defaults: { sessions: 1, thinkMs: [0, 0] },
  options: {
    page: { kind: "integer", min: 1, default: 20, help: "entries a page" },
    ...changeOptions,
    weights: {
      kind: "weights",
      default: { "sync-page": 30, "read-object": 45, "read-page": 20, "delete-object": 5 },
      help: "the share of each operation, in whole numbers",
    },
  },
  retry: updateRetry,
  thresholds: { aborted: ["count == 0"], unknown: ["count == 0"] },
  stores: ({ strategies }) => storesOf(strategies),

  *prepare({ options, strategies }): Transaction<World> {
    requireWeights(operations, options.weights);
    requireWeights(changeKinds, options.shares);
    const attributes = yield* readAttributes();
    const all = yield* readUsers();
    const users = all.filter(stays);
    const staying = new Set(users);
    const source = yield* readEntries("source");
    const leavers = all.filter(isLeaver);
    if (leavers.length === 0) refuse("no-leavers", `none of ${all.length} users is to be deleted`);
    const entries = entriesOf(source, (index) => staying.has(source.objects[index] ?? ""));
    const supply = { noun: "entries of users who stay", there: entries.ids.length };
    requireEnough(supply, { hot: null, page: options.page });
    const { system: target } = yield* readEntries("directory");
    const dictionary = dictionaryOf(strategies, source.externalIds, source.ids);
    return {
      ...{ attributes, entries, users, target },
      leavers,
      source: source.system,
      importable: yield* readImportable(entries.ids[0] ?? "", attributes.lasting),
      place: {
        side: "entry",
        scope: source.system,
        attribute: attributes.externalId.id,
        dictionary,
      },
    };
  },

  draw(random, world, context): Planned {
    const { strategies, options } = context;
    const operation = drawWeighted(random, operations, options.weights);
    switch (operation) {
      case "sync-page":
        return drawSync(random, world, { context, strategies, options });
      case "read-object": {
        const id = random.pick(world.users);
        const steps = () => atomically(context, () => hydrate("object", [id]));
        return { operation, inputs: [id], steps };
      }
      case "read-page": {
        const first = random.below(world.entries.ids.length - options.page + 1);
        const place = { first, page: options.page };
        const steps = () => atomically(context, () => readPage(strategies, world.entries, place));
        return { operation, inputs: [first], steps };
      }
      case "delete-object": {
        const id = random.pick(world.leavers);
        const steps = () => atomically(context, () => deleteObject(id));
        return { operation, inputs: [id], writes: [{ key: id, value: () => null }], steps };
      }
    }
  },
});
