/**
 * The page of a synchronisation in one transaction: entries are matched and imported, their objects
 * updated, new entries become objects, and what is to be exported is noted. What the original's page has
 * beyond that, and why it is not here, is in docs/metaverse.md.
 */
import type { Random } from "../../src/core/random.ts";
import type { Planned } from "../../src/core/scenario.ts";
import { statement } from "../../src/core/step.ts";
import type { Strategies } from "../../src/core/system.ts";
import { execute, type Transaction, type TransactionSettings } from "../../src/core/transaction.ts";
import {
  type ChangeOptions,
  drawChanges,
  inputsOf,
  type ObjectChanges,
  writesOfChanges,
} from "./changes.ts";
import { drawNewPage, type NewPage, writesOfPage } from "./create.ts";
import { type Lead, telling } from "./caches.ts";
import { drawUuid } from "./drawn.ts";
import { drawImport, type Import, importPage } from "./import.ts";
import type { Place } from "./lookup.ts";
import { type ProjectWorld, projectPage } from "./project.ts";
import { updatePage } from "./update.ts";
import type { Entries } from "./world.ts";

export interface SyncWorld extends ProjectWorld {
  /** Of the source, with an object, and of those who stay. */
  readonly entries: Entries;
  readonly place: Place;
  /** The system that changes are exported to. */
  readonly target: number;
}

interface Page {
  readonly imports: readonly Import[];
  readonly changes: readonly ObjectChanges[];
  readonly made: NewPage;
  /** Ids of exports, one for each changed object. */
  readonly exports: readonly string[];
}

/** For so many entries a page, one new object. */
const newEvery = 10;

export interface SyncSetting {
  readonly context: TransactionSettings;
  readonly strategies: Strategies;
  readonly options: ChangeOptions & { readonly page: number };
}

export function drawSync(random: Random, world: SyncWorld, setting: SyncSetting): Planned {
  const { entries, attributes } = world;
  const { context, strategies, options } = setting;
  const places = random.distinctBelow(entries.ids.length, options.page);
  places.sort((one, other) => one - other);
  const imports = places.map((place) =>
    drawImport(random, entries.externalIds[place] ?? "", world.importable),
  );
  const objects = places.map((place) => entries.objects[place] ?? "").sort(byCode);
  const changes = drawChanges(random, objects, { attributes, options });
  const made = drawNewPage(random, Math.floor(options.page / newEvery));
  const exports = objects.map(() => drawUuid(random));
  const page = { imports, changes, made, exports };
  const given = imports.flatMap(({ externalId, attribute, text }) => [
    externalId,
    attribute.id,
    text,
  ]);
  return {
    operation: "sync-page",
    inputs: [...given, ...inputsOf(changes), ...made.ids],
    writes: [...writesOfChanges(changes), ...writesOfPage(world, made)],
    steps: () => telling({ strategies, context }, () => syncPage(strategies, world, page)),
  };
}

function byCode(one: string, other: string): number {
  return one < other ? -1 : 1;
}

/** Returns what entries are now, for those who remember them. */
function* syncPage(
  strategies: Strategies,
  world: SyncWorld,
  page: Page,
): Transaction<readonly Lead[]> {
  const { imports, changes, made, exports } = page;
  const matching = { strategies, provesHits: false };
  const changed = yield* importPage(matching, world.place, imports);
  yield* updatePage({ strategies, attributes: world.attributes }, changes);
  yield* projectPage(strategies, world, made);
  const objects = changes.map(({ object }) => object);
  yield* execute(exportStatement, exports, objects, world.target);
  return changed;
}

/** An entry has one at most: what is to be exported is told again. */
const exportStatement = statement(
  "note-exports",
  `insert into mv.pending_export
    (id, connected_system_id, connected_object_id, status, change_type)
  select given.id, entry.connected_system_id, entry.id, 0, 1
  from unnest($1::uuid[], $2::uuid[]) as given (id, object)
  join mv.connected_object as entry
    on entry.object_id = given.object and entry.connected_system_id = $3::int4
  order by entry.id
  on conflict (connected_object_id) where connected_object_id is not null
  do update set status = 0, error_count = 0, created_at = now()`,
);
