/**
 * What sessions remember of entries and objects, by external id, and how they hear that it has changed:
 * strategies `match` and `told`. All sessions of a thread share it, as workers of one process would.
 */
import { type Statement, statement, type Store } from "../../src/core/step.ts";
import type { Strategies } from "../../src/core/system.ts";
import {
  atomically,
  execute,
  forget,
  recall,
  remember,
  type Transaction,
  type TransactionSettings,
} from "../../src/core/transaction.ts";
import { keyOf } from "./dictionary.ts";
import type { Held } from "./hydrate.ts";
import type { Place } from "./lookup.ts";
import type { Side } from "./sides.ts";

/** The id that an external id leads to, or all that it leads to; null: nothing is remembered. */
export type Kept = "id" | "whole" | null;

/** By the value of the strategy `match`; with others nothing is. */
const keptBy: Readonly<Record<string, Readonly<Record<Side, Kept>>>> = {
  "lookup-cache": { entry: "id", object: null },
  "entity-cache": { entry: "whole", object: null },
  "join-cache": { entry: "id", object: "id" },
  model: { entry: "whole", object: "whole" },
};

const nothing: Readonly<Record<Side, Kept>> = { entry: null, object: null };

export function keptOf({ match }: Strategies): Readonly<Record<Side, Kept>> {
  return keptBy[match ?? ""] ?? nothing;
}

export function storeOf({ told }: Strategies, side: Side): Store {
  const name = side === "entry" ? "entries" : "objects";
  return { name, channel: told === "by-notification" ? `mv_${name}` : null };
}

/** Those that are used. */
export function storesOf(strategies: Strategies): readonly Store[] {
  const kept = keptOf(strategies);
  const used = (["entry", "object"] as const).filter((side) => kept[side] !== null);
  const stores = used.map((side) => storeOf(strategies, side));
  if (strategies.match !== "model") return stores;
  return [...stores, ...used.map((side) => placesOf(strategies, side))];
}

/** What it is remembered by: one thread's sessions look in several places. */
export function storeKey(
  strategies: Strategies,
  { scope, attribute }: Place,
  value: string,
): string {
  return `${scope}:${attribute}:${keyOf(strategies, value)}`;
}

/**
 * Of a model, which places were read, and whether there was anything: beside what was read there, and emptied
 * with it where notifications may have been missed.
 */
export function placesOf(strategies: Strategies, side: Side): Store {
  const { name, channel } = storeOf(strategies, side);
  return { name: `places of ${name}`, channel };
}

export const marks = { read: "read", empty: "empty" } as const;

export function markOf({ scope, attribute }: Place): string {
  return `${scope}:${attribute}`;
}

/** From now on this external id leads there; null: nowhere. */
export interface Lead {
  readonly place: Place;
  readonly externalId: string;
  readonly now: Entity | null;
  /** It led elsewhere before; otherwise only what it leads to has changed. */
  readonly hasMoved: boolean;
}

export interface Entity extends Held {
  readonly id: string;
}

/** As it is stored. */
export function textOf(kept: Kept, entity: Entity): string {
  return kept === "id" ? entity.id : JSON.stringify(entity);
}

/** Of an entity that was remembered whole. */
export function entityIn(text: string): Entity {
  return JSON.parse(text) as Entity;
}

export interface Telling {
  readonly strategies: Strategies;
  readonly context: TransactionSettings;
}

/**
 * A transaction whose changes others hear of. Told before the commit, they may find what is then rolled
 * back; told after it, they find for a moment what is no longer so; and other threads do until a
 * notification has come, which is sent with the commit. Told never, they do for good.
 */
export function* telling(
  { strategies, context }: Telling,
  body: () => Transaction<readonly Lead[]>,
): Transaction {
  const { told } = strategies;
  const leads = yield* atomically(context, function* () {
    const made = (yield* body()).filter((lead) => concerns(strategies, lead));
    if (told === "before-commit") yield* tell(strategies, made);
    if (told === "by-notification") yield* notify(strategies, made);
    return made;
  });
  if (told === "after-commit") yield* tell(strategies, leads);
  // Who made it need not wait for the notification. What is new may be old again by now, so it is not
  // remembered: to forget is always right.
  if (told === "by-notification") yield* tell(strategies, leads.map(forgotten));
}

/** Who remembers ids alone need not hear that what they lead to has changed. */
function concerns(strategies: Strategies, { place, hasMoved }: Lead): boolean {
  const kept = keptOf(strategies)[place.side];
  return kept === "whole" || (kept === "id" && hasMoved);
}

function forgotten(lead: Lead): Lead {
  return { ...lead, now: null };
}

function* tell(strategies: Strategies, leads: readonly Lead[]): Transaction {
  for (const { place, externalId, now } of leads) {
    const store = storeOf(strategies, place.side);
    const key = storeKey(strategies, place, externalId);
    if (now === null) {
      yield* forget(store, [key], false);
      continue;
    }
    yield* remember(store, [[key, textOf(keptOf(strategies)[place.side], now)]]);
  }
  if (strategies.match === "model") yield* tellPlaces(strategies, leads);
}

/** A place that was empty is so no more; one that nobody has read stays one. */
function* tellPlaces(strategies: Strategies, leads: readonly Lead[]): Transaction {
  const there = leads.filter(({ now }) => now !== null).map(({ place }) => place);
  for (const place of new Map(there.map((one) => [`${one.side}:${markOf(one)}`, one])).values()) {
    const store = placesOf(strategies, place.side);
    const mark = markOf(place);
    const known = yield* recall(store, [mark]);
    if (known.get(mark) === marks.empty) yield* remember(store, [[mark, marks.read]]);
  }
}

const notifyStatement: Statement = statement(
  "notify",
  "select count(pg_notify(channel, key)) from unnest($1::text[], $2::text[]) as told (channel, key)",
);

/** Whoever remembers forgets it. */
function* notify(strategies: Strategies, leads: readonly Lead[]): Transaction {
  if (leads.length === 0) return;
  yield* execute(
    notifyStatement,
    leads.map(({ place }) => storeOf(strategies, place.side).channel),
    leads.map(({ place, externalId }) => storeKey(strategies, place, externalId)),
  );
}
