/**
 * New entries of the source and the objects that they become: entries are there first, as an import leaves
 * them, without a hash; then objects with all their values; last the entries are joined to these.
 */
import { Failure, refuse } from "../../src/core/failure.ts";
import { Random } from "../../src/core/random.ts";
import { statement } from "../../src/core/step.ts";
import type { Strategies } from "../../src/core/system.ts";
import { execute, type Transaction } from "../../src/core/transaction.ts";
import {
  type CreateWorld,
  contentOf,
  createRows,
  type NewPage,
  rowsOfPage,
  types,
} from "./create.ts";
import { drawUuid } from "./drawn.ts";
import { insertRows, type Rows } from "./insert.ts";
import { connectedObjectTable, connectedValueTable, typedCells } from "./tables.ts";
import type { Attribute } from "./world.ts";

export interface ProjectWorld extends CreateWorld {
  /** The source's number. */
  readonly source: number;
  /** What its entries have beside their external id. */
  readonly importable: readonly Attribute[];
}

interface NewEntries {
  /** In the order of the page's objects. */
  readonly ids: readonly string[];
  readonly objects: Rows;
  readonly values: Rows;
}

const joinStatement = statement(
  "join-projected",
  `update mv.connected_object as entry
  set object_id = given.object, join_type = 1, date_joined = now(), last_updated = now()
  from unnest($1::uuid[], $2::uuid[]) as given (id, object)
  where entry.id = given.id`,
);

/** Within a transaction. Refused if what it makes is there already. */
export function* projectPage(
  strategies: Strategies,
  world: ProjectWorld,
  page: NewPage,
): Transaction {
  if (page.ids.length === 0) return;
  const entries = entriesOf(world, page);
  try {
    yield* insertRows(strategies, connectedObjectTable, entries.objects);
    yield* insertRows(strategies, connectedValueTable, entries.values);
    yield* createRows(strategies, rowsOfPage(world, page));
  } catch (failure) {
    // Whoever updates may try again after 23505, and find the other's value; here it would fail each time.
    if (failure instanceof Failure && failure.code === "23505") {
      refuse("made-before", `${failure.message}: did another run with this --seed make the page?`);
    }
    throw failure;
  }
  yield* execute(joinStatement, entries.ids, page.ids);
}

/** Like the objects', their content follows from the page alone. */
function entriesOf(world: ProjectWorld, page: NewPage): NewEntries {
  const { attributes, source, importable } = world;
  const held = new Set([attributes.externalId, ...importable].map(({ id }) => id));
  const all = page.ids.map((object, index) => {
    const random = new Random(`${object}/entry`);
    const id = drawUuid(random);
    const type = index < page.userCount ? types.user : types.group;
    const content = contentOf(world, page, index).filter(({ attribute }) => held.has(attribute.id));
    const values = content.map(({ attribute, text }) => [
      ...[drawUuid(random), id, attribute.id],
      ...[...typedCells(attribute.kind, text), null],
    ]);
    return { id, object: [id, source, type, attributes.externalId.id, 0, 0, false], values };
  });
  return {
    ids: all.map(({ id }) => id),
    objects: all.map(({ object }) => object),
    values: all.flatMap(({ values }) => values),
  };
}
