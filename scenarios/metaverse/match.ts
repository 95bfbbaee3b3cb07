/**
 * A page of external ids becomes entries or objects with their values, in each of the ways of the
 * strategy `match`: by the server alone, or by what sessions remember.
 */
import { refuse } from "../../src/core/failure.ts";
import type { Strategies } from "../../src/core/system.ts";
import type { Transaction } from "../../src/core/transaction.ts";
import { matchRemembered } from "./cached-match.ts";
import { keptOf } from "./caches.ts";
import { hydrate } from "./hydrate.ts";
import { lockRows } from "./lock-rows.ts";
import {
  findIds,
  findWithValues,
  type Match,
  type Matched,
  nothingRemembered,
  type Place,
} from "./lookup.ts";

export interface Matching {
  readonly strategies: Strategies;
  /** What was remembered and used is then held against the server, only so that it is counted. */
  readonly provesHits: boolean;
}

/** Finds and reads them. */
export function* match(
  matching: Matching,
  place: Place,
  wanted: readonly string[],
): Transaction<Matched> {
  const { strategies } = matching;
  if (keptOf(strategies)[place.side] !== null) {
    return yield* matchRemembered({ ...matching, isLocked: false }, place, wanted);
  }
  if (strategies.match === "per-object") return yield* findWithValues(strategies, place, wanted);
  const matches = yield* findIds(strategies, place, wanted);
  const held = yield* hydrate(place.side, idsOf(matches));
  return { matches, held, remembered: nothingRemembered };
}

/** So often a page is looked up anew because others have written to it meanwhile. */
const readingsMax = 100;

/** The same, and nobody else writes to them from then on: with the strategy `guard`. */
export function* matchGuarded(
  matching: Matching,
  place: Place,
  wanted: readonly string[],
): Transaction<Matched> {
  const { strategies } = matching;
  if (strategies.guard !== "lock") return yield* match(matching, place, wanted);
  if (keptOf(strategies)[place.side] !== null) {
    return yield* matchRemembered({ ...matching, isLocked: true }, place, wanted);
  }
  for (let reading = 1; reading <= readingsMax; reading++) {
    const found = idsOf(yield* findIds(strategies, place, wanted));
    yield* lockRows(place.side, found);
    // Before the lock another may have exchanged what leads to them.
    const matched = yield* match(matching, place, wanted);
    const locked = new Set(found);
    if (idsOf(matched.matches).every((id) => locked.has(id))) return matched;
  }
  refuse("restless-page", `others wrote to the page ${readingsMax} times after it was looked up`);
}

function idsOf(matches: readonly Match[]): readonly string[] {
  return [...new Set(matches.flatMap(({ ids }) => ids))];
}
