/**
 * Imports by external id while what the ids lead to changes: entries exchange theirs, are replaced by
 * others, and are made and confirmed. What sessions remember of entries (variants match-…-cache and
 * match-model) is out of date then unless they are told (variants told-…), and an import into the
 * wrong entry is to be found.
 */
import { refuse } from "../../src/core/failure.ts";
import type { Random } from "../../src/core/random.ts";
import { type Context, defineScenario, type Planned } from "../../src/core/scenario.ts";
import { statement } from "../../src/core/step.ts";
import { query, type Transaction } from "../../src/core/transaction.ts";
import { storesOf, telling } from "./caches.ts";
import { drawUuid } from "./drawn.ts";
import { type EntryChange, exchangeIds, replaceEntry } from "./entry-changes.ts";
import { type Import, importPage } from "./import.ts";
import type { Place } from "./lookup.ts";
import { updateRetry } from "./metaverse-update.ts";
import { provisionEntry } from "./provision.ts";
import { drawWeighted, requireWeights } from "./weights.ts";
import { type Attribute, readAttributes, readEntries } from "./world.ts";
import { dictionaryOf } from "./dictionary.ts";

const operations = ["import-page", "exchange-ids", "replace-entry", "provision-entry"] as const;

interface World {
  readonly place: Place;
  readonly secondary: Place;
  readonly importedAs: Attribute;
  /** In their order; the first exchanges with the second, the third with the fourth. */
  readonly externalIds: readonly string[];
}

const options = {
  page: { kind: "integer", min: 1, default: 20, help: "external ids a page" },
  hot: {
    kind: "integer",
    min: 2,
    default: null,
    help: "use only this many entries, so that sessions meet on them",
  },
  weights: {
    kind: "weights",
    default: { "import-page": 80, "exchange-ids": 10, "replace-entry": 5, "provision-entry": 5 },
    help: "the share of each operation, in whole numbers",
  },
  "prove-hits": {
    kind: "flag",
    help: "ask the server after each use of a remembered entry whether it was up to date",
  },
} as const;

export const metaverseImport = defineScenario({
  name: "metaverse-import",
  summary: "imports by external id while entries exchange ids, are replaced and made",
  system: "metaverse",
  operations,
  defaults: { sessions: 1, thinkMs: [0, 0] },
  options,
  retry: updateRetry,
  thresholds: { aborted: ["count == 0"], unknown: ["count == 0"] },
  stores: ({ strategies }) => storesOf(strategies),

  *prepare({ options: { page, hot, weights }, strategies }): Transaction<World> {
    requireWeights(operations, weights);
    const attributes = yield* readAttributes();
    const all = yield* readEntries("directory");
    const rows = yield* query(restlessStatement, all.system);
    const externalIds = rows.slice(0, hot ?? rows.length).map((row) => String(row.external_id));
    const needed = Math.max(2, page, hot ?? 0);
    if (externalIds.length < needed) {
      const there = `${needed} entries of nobody are needed, there are ${externalIds.length}`;
      refuse("too-few-entries", there);
    }
    const place: Place = {
      side: "entry",
      scope: all.system,
      attribute: attributes.externalId.id,
      dictionary: dictionaryOf(strategies, all.externalIds, all.ids),
    };
    const secondary: Place = {
      ...place,
      attribute: attributes.secondaryId.id,
      dictionary: { keys: [], ids: [] },
    };
    return { place, secondary, importedAs: attributes.importedAs, externalIds };
  },

  draw(random, world, context): Planned {
    return draws[drawWeighted(random, operations, context.options.weights)](random, world, context);
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

type Drawing = Context<typeof options>;

const draws = {
  "import-page": drawImportPage,
  "exchange-ids": drawExchange,
  "replace-entry": drawReplacement,
  "provision-entry": drawProvision,
} as const;

const versions = 1_000_000;

function drawImportPage(random: Random, world: World, context: Drawing): Planned {
  const { place, importedAs, externalIds } = world;
  const { strategies, options: given } = context;
  const places = random.distinctBelow(externalIds.length, given.page);
  const page = places.map((index): Import => {
    const externalId = externalIds[index] ?? "";
    const text = `${externalId} ${random.below(versions)}`;
    return { externalId, attribute: importedAs, text, newId: drawUuid(random) };
  });
  const matching = { strategies, provesHits: given["prove-hits"] };
  return {
    operation: "import-page",
    inputs: page.map(({ text }) => text),
    steps: () => telling({ strategies, context }, () => importPage(matching, place, page)),
  };
}

function changeOf({ place, importedAs }: World): EntryChange {
  return { place, importedAs: importedAs.id };
}

function drawExchange(random: Random, world: World, context: Drawing): Planned {
  const first = 2 * random.below(Math.floor(world.externalIds.length / 2));
  const [one = "", other = ""] = world.externalIds.slice(first, first + 2);
  const { strategies } = context;
  const steps = () =>
    telling({ strategies, context }, () => exchangeIds(changeOf(world), [one, other]));
  return { operation: "exchange-ids", inputs: [one, other], steps };
}

function drawReplacement(random: Random, world: World, context: Drawing): Planned {
  const externalId = random.pick(world.externalIds);
  const newId = drawUuid(random);
  const { strategies } = context;
  const steps = () =>
    telling({ strategies, context }, () => replaceEntry(changeOf(world), externalId, newId));
  return { operation: "replace-entry", inputs: [externalId, newId], steps };
}

function drawProvision(random: Random, { place, secondary }: World, context: Drawing): Planned {
  const { strategies, options: given } = context;
  const id = drawUuid(random);
  const valueIds = [drawUuid(random), drawUuid(random)] as const;
  const made = { id, valueIds, secondaryId: `P-${id}`, externalId: `C-${id}` };
  const matching = { strategies, provesHits: given["prove-hits"] };
  const setting = { context, strategies, matching, place, secondary };
  return {
    operation: "provision-entry",
    inputs: [id],
    steps: () => provisionEntry(setting, made),
  };
}
