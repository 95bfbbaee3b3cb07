/**
 * What an import asks before it writes anything: which entries have these external ids, and what is in
 * them; which objects new entries belong to; and pages of a system's entries. The original compares by
 * ILIKE without escaping, so that an id with _ or % finds others: --wildcards asks for such ids.
 */
import { refuse } from "../../src/core/failure.ts";
import type { Random } from "../../src/core/random.ts";
import { defaultRetry } from "../../src/core/retry.ts";
import { defineScenario, type Planned } from "../../src/core/scenario.ts";
import type { Strategies } from "../../src/core/system.ts";
import {
  atomically,
  type Transaction,
  type TransactionSettings,
} from "../../src/core/transaction.ts";
import { storesOf } from "./caches.ts";
import { drawJoinings, joinPage } from "./join.ts";
import type { Place } from "./lookup.ts";
import { match } from "./match.ts";
import { readPage } from "./page-read.ts";
import { placeOfEntries, readPlaceOfUsers } from "./places.ts";
import { drawWeighted, requireWeights } from "./weights.ts";
import { entriesOf, type Entries, readAttributes, readEntries } from "./world.ts";

const operations = ["match-page", "join-page", "read-page"] as const;

interface World {
  readonly entries: Entries;
  /** Those of them that are not joined. */
  readonly free: Entries;
  readonly place: Place;
  readonly users: Place;
}

export const metaverseMatch = defineScenario({
  name: "metaverse-match",
  summary: "external ids looked up and read, new entries joined to objects, pages read",
  system: "metaverse",
  operations,
  defaults: { sessions: 4, thinkMs: [0, 0] },
  options: {
    page: { kind: "integer", min: 1, default: 50, help: "external ids, or entries, a page" },
    weights: {
      kind: "weights",
      default: { "match-page": 60, "join-page": 15, "read-page": 25 },
      help: "the share of each operation, in whole numbers",
    },
    wildcards: {
      kind: "flag",
      help: "also match external ids with _ or %, which ILIKE takes for patterns",
    },
  },
  retry: defaultRetry,
  thresholds: { aborted: ["count == 0"], unknown: ["count == 0"] },
  stores: ({ strategies }) => storesOf(strategies),

  *prepare({ options, strategies }): Transaction<World> {
    requireWeights(operations, options.weights);
    const { externalId } = yield* readAttributes();
    const all = yield* readEntries("directory");
    const isWanted = (index: number) =>
      options.wildcards || !/[_%]/.test(all.externalIds[index] ?? "");
    const entries = entriesOf(all, isWanted);
    const free = entriesOf(entries, (index) => entries.objects[index] === "");
    if (entries.ids.length < options.page) {
      refuse(
        "too-few-entries",
        `a page needs ${options.page} entries, there are ${entries.ids.length}`,
      );
    }
    return {
      entries,
      free,
      place: placeOfEntries(strategies, externalId, all),
      users: yield* readPlaceOfUsers(strategies, externalId),
    };
  },

  draw(random, world, context): Planned {
    const operation = drawWeighted(random, operations, context.options.weights);
    return draws[operation](random, world, {
      ...{ context, strategies: context.strategies, page: context.options.page },
    });
  },
});

interface Setting {
  readonly context: TransactionSettings;
  readonly strategies: Strategies;
  readonly page: number;
}

const draws = {
  "match-page": drawMatch,
  "join-page": drawJoin,
  "read-page": drawRead,
} as const;

function drawMatch(random: Random, world: World, { context, strategies, page }: Setting): Planned {
  const { entries, place } = world;
  const places = random.distinctBelow(entries.ids.length, page);
  const wanted = places.map((index) => entries.externalIds[index] ?? "");
  const steps = () => atomically(context, () => matchUniquely(strategies, place, wanted));
  return { operation: "match-page", inputs: wanted, steps };
}

/** As the original has it: two are an error, and none is a new entry. */
function* matchUniquely(
  strategies: Strategies,
  place: Place,
  wanted: readonly string[],
): Transaction {
  const { matches } = yield* match({ strategies, provesHits: false }, place, wanted);
  const ambiguous = matches.find(({ ids }) => ids.length > 1);
  if (ambiguous !== undefined) {
    refuse("ambiguous-match", `${ambiguous.wanted} was found in ${ambiguous.ids.join(" and ")}`);
  }
}

function drawJoin(random: Random, { free, users }: World, setting: Setting): Planned {
  const { context, strategies } = setting;
  const entries = drawJoinings(random, free);
  const matching = { strategies, provesHits: false };
  const steps = () => atomically(context, () => joinPage(matching, users, entries));
  return { operation: "join-page", inputs: entries.map(({ id }) => id), steps };
}

function drawRead(random: Random, { entries }: World, setting: Setting): Planned {
  const { context, strategies, page } = setting;
  const first = random.below(entries.ids.length - page + 1);
  const steps = () => atomically(context, () => readPage(strategies, entries, { first, page }));
  return { operation: "read-page", inputs: [first], steps };
}
