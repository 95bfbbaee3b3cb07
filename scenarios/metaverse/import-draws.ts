/** What metaverse-import draws. */
import { refuse } from "../../src/core/failure.ts";
import type { Random } from "../../src/core/random.ts";
import type { Context, Planned } from "../../src/core/scenario.ts";
import type { Transaction } from "../../src/core/transaction.ts";
import { type Lead, telling } from "./caches.ts";
import { drawUuid } from "./drawn.ts";
import { type EntryChange, exchangeIds, replaceEntry } from "./entry-changes.ts";
import { type Import, importPage } from "./import.ts";
import { drawJoinings, type Joining, joinPage } from "./join.ts";
import type { Place } from "./lookup.ts";
import { exchangeObjects } from "./object-changes.ts";
import { provisionEntry } from "./provision.ts";
import type { Attribute, Entries } from "./world.ts";

export const importOperations = [
  ...["import-page", "exchange-ids", "replace-entry", "provision-entry"],
  ...["join-page", "exchange-objects"],
] as const;

export const importOptions = {
  page: { kind: "integer", min: 1, default: 20, help: "external ids a page" },
  hot: {
    kind: "integer",
    min: 2,
    default: null,
    help: "use only this many entries of nobody, and joined ones, so that sessions meet on them",
  },
  weights: {
    kind: "weights",
    default: {
      ...{ "import-page": 65, "exchange-ids": 8, "replace-entry": 4, "provision-entry": 4 },
      ...{ "join-page": 14, "exchange-objects": 5 },
    },
    help: "the share of each operation, in whole numbers",
  },
  "prove-hits": {
    kind: "flag",
    help: "ask the server after each use of a remembered entry whether it was up to date",
  },
} as const;

export interface ImportWorld {
  readonly place: Place;
  readonly secondary: Place;
  readonly users: Place;
  readonly importedAs: Attribute;
  /** Of entries of nobody. The first exchanges its own with the second, the third with the fourth. */
  readonly externalIds: readonly string[];
  /** Entries whose objects exchange theirs, in pairs likewise. */
  readonly joined: Entries;
}

type Drawing = Context<typeof importOptions>;

type Draw = (random: Random, world: ImportWorld, context: Drawing) => Planned;

export const draws: Readonly<Record<(typeof importOperations)[number], Draw>> = {
  "import-page": drawImportPage,
  "exchange-ids": drawExchange,
  "replace-entry": drawReplacement,
  "provision-entry": drawProvision,
  "join-page": drawJoin,
  "exchange-objects": drawObjectExchange,
};

const versions = 1_000_000;

function drawImportPage(random: Random, world: ImportWorld, context: Drawing): Planned {
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
    steps: () =>
      telling({ strategies, context }, () => importWhole(page, importPage(matching, place, page))),
  };
}

/** Every external id has an entry at every time: one that was not imported is lost. */
function* importWhole(
  page: readonly Import[],
  importing: Transaction<readonly Lead[]>,
): Transaction<readonly Lead[]> {
  const leads = yield* importing;
  const imported = new Set(leads.map(({ externalId }) => externalId));
  const lost = page.filter(({ externalId }) => !imported.has(externalId));
  if (lost.length > 0) {
    refuse(
      "import-lost",
      `${lost.map(({ externalId }) => externalId).join(", ")}: no such entry was found`,
    );
  }
  return leads;
}

function changeOf({ place, importedAs }: ImportWorld): EntryChange {
  return { place, importedAs: importedAs.id };
}

function drawExchange(random: Random, world: ImportWorld, context: Drawing): Planned {
  const first = 2 * random.below(Math.floor(world.externalIds.length / 2));
  const [one = "", other = ""] = world.externalIds.slice(first, first + 2);
  const { strategies } = context;
  const steps = () =>
    telling({ strategies, context }, () => exchangeIds(changeOf(world), [one, other]));
  return { operation: "exchange-ids", inputs: [one, other], steps };
}

function drawReplacement(random: Random, world: ImportWorld, context: Drawing): Planned {
  const externalId = random.pick(world.externalIds);
  const newId = drawUuid(random);
  const { strategies } = context;
  const steps = () =>
    telling({ strategies, context }, () => replaceEntry(changeOf(world), externalId, newId));
  return { operation: "replace-entry", inputs: [externalId, newId], steps };
}

function drawProvision(
  random: Random,
  { place, secondary }: ImportWorld,
  context: Drawing,
): Planned {
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

function drawJoin(random: Random, { users, joined }: ImportWorld, context: Drawing): Planned {
  const { strategies, options: given } = context;
  const entries = drawJoinings(random, joined);
  const matching = { strategies, provesHits: given["prove-hits"] };
  const body = function* (): Transaction<readonly Lead[]> {
    yield* joinPage(matching, users, entries);
    return [];
  };
  const steps = () => telling({ strategies, context }, body);
  return { operation: "join-page", inputs: entries.map(({ id }) => id), steps };
}

function drawObjectExchange(
  random: Random,
  { users, joined }: ImportWorld,
  context: Drawing,
): Planned {
  const { strategies } = context;
  const first = 2 * random.below(Math.floor(joined.ids.length / 2));
  const entry = (place: number): Joining => {
    return { id: joined.ids[place] ?? "", externalId: joined.externalIds[place] ?? "" };
  };
  const pair = [entry(first), entry(first + 1)] as const;
  const steps = () => telling({ strategies, context }, () => exchangeObjects(users, pair));
  return { operation: "exchange-objects", inputs: pair.map(({ id }) => id), steps };
}
