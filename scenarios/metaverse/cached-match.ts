/**
 * Looked up in what sessions remember, and only what is not there at the server. An external id that
 * leads to an id still has the values read, which proves it; one that leads to all is taken at its
 * word, unless its row is locked and says that it is another version.
 */
import { refuse } from "../../src/core/failure.ts";
import type { Strategies } from "../../src/core/system.ts";
import { forget, recall, remember, type Transaction } from "../../src/core/transaction.ts";
import { type Entity, entityIn, type Kept, keptOf, storeKey, storeOf, textOf } from "./caches.ts";
import { keyOf } from "./dictionary.ts";
import { type Held, hydrate } from "./hydrate.ts";
import { lockRows, readTokens, type Tokens } from "./lock-rows.ts";
import { findAtOnce, type Match, type Matched, type Place } from "./lookup.ts";
import { isKnownEmpty, warm } from "./warm.ts";

export interface Remembering {
  readonly strategies: Strategies;
  readonly provesHits: boolean;
  readonly isLocked: boolean;
}

/** So often what proved to be out of date is looked up anew. */
const readingsMax = 100;

export function* matchRemembered(
  remembering: Remembering,
  place: Place,
  wanted: readonly string[],
): Transaction<Matched> {
  const matches = new Map<string, Match>();
  const held = new Map<string, Held>();
  const remembered = new Set<string>();
  let open = wanted;
  for (let reading = 1; open.length > 0; reading++) {
    if (reading > readingsMax) refuse("restless-page", `stale ${readingsMax} times: ${open[0]}`);
    const round = yield* matchOnce(remembering, place, open);
    for (const [id, one] of round.held) held.set(id, one);
    for (const match of round.matches) matches.set(match.wanted, match);
    for (const one of round.remembered) remembered.add(one);
    open = round.stale;
  }
  const found = wanted.map((one) => matches.get(one) ?? { wanted: one, ids: [] });
  return { matches: found, held, remembered };
}

interface Round extends Matched {
  /** Forgotten now, and not among the matches. */
  readonly stale: readonly string[];
}

/** Where an external id leads, and who says so. */
interface Located extends Match {
  readonly isRemembered: boolean;
  /** All of it, as it was remembered. */
  readonly whole: Entity | null;
}

function* matchOnce(
  remembering: Remembering,
  place: Place,
  wanted: readonly string[],
): Transaction<Round> {
  const { strategies, isLocked } = remembering;
  const remembered = yield* recalled(strategies, place, wanted);
  const known = new Set(remembered.map((one) => one.wanted));
  const missing = wanted.filter((one) => !known.has(one));
  const located = [...remembered, ...(yield* asked(strategies, place, missing))];
  const all = located.flatMap(({ ids }) => ids);
  const tokens = isLocked ? yield* lockRows(place.side, all) : null;
  const held = yield* heldBy(place, located);
  const proof = { strategies, place, tokens, held };
  const outOfDate = new Set(located.filter((one) => isOutOfDate(one, proof)));
  const stale = [...outOfDate];
  const right = located.filter((one) => !outOfDate.has(one));
  const old = stale.filter((one) => one.isRemembered).map((one) => one.wanted);
  yield* forgetAll(strategies, place, { externalIds: old, isStale: true });
  yield* rememberFound(strategies, place, { right, held });
  if (remembering.provesHits && !isLocked) yield* proveHits(strategies, place, right);
  const hits = right.filter((one) => one.isRemembered).map((one) => one.wanted);
  const again = stale.map((one) => one.wanted);
  return { matches: right, held, remembered: new Set(hits), stale: again };
}

/** A model is read whole when it is first asked for what it has not. */
function* recalled(
  strategies: Strategies,
  place: Place,
  wanted: readonly string[],
): Transaction<readonly Located[]> {
  const first = yield* recalledOnce(strategies, place, wanted);
  if (strategies.match !== "model" || first.length === wanted.length) return first;
  if (!(yield* warm(strategies, place))) return first;
  return yield* recalledOnce(strategies, place, wanted);
}

function* recalledOnce(
  strategies: Strategies,
  place: Place,
  wanted: readonly string[],
): Transaction<readonly Located[]> {
  const isWhole = keptOf(strategies)[place.side] === "whole";
  const keys = wanted.map((one) => storeKey(strategies, place, one));
  const texts = yield* recall(storeOf(strategies, place.side), keys);
  return wanted.flatMap((one, index): readonly Located[] => {
    const text = texts.get(keys[index] ?? "");
    if (text === undefined) return [];
    const whole = isWhole ? entityIn(text) : null;
    return [{ wanted: one, ids: [whole?.id ?? text], isRemembered: true, whole }];
  });
}

function* asked(
  strategies: Strategies,
  place: Place,
  wanted: readonly string[],
): Transaction<readonly Located[]> {
  if (wanted.length === 0) return [];
  const isEmpty = strategies.match === "model" && (yield* isKnownEmpty(strategies, place));
  const matches = isEmpty
    ? wanted.map((one) => ({ wanted: one, ids: [] }))
    : yield* findAtOnce(strategies, place, wanted);
  return matches.map((match) => ({ ...match, isRemembered: false, whole: null }));
}

/** By id: as it was remembered, or as the server has it. */
function* heldBy(
  { side }: Place,
  located: readonly Located[],
): Transaction<ReadonlyMap<string, Held>> {
  const unread = located.flatMap(({ ids, whole }) => (whole === null ? ids : []));
  const read = yield* hydrate(side, [...new Set(unread)]);
  const whole = located.flatMap((one) => (one.whole === null ? [] : [one.whole]));
  return new Map([...whole.map((one) => [one.id, one] as const), ...read]);
}

interface Proof {
  readonly strategies: Strategies;
  readonly place: Place;
  /** Of locked rows; null: none is locked. */
  readonly tokens: Tokens | null;
  readonly held: ReadonlyMap<string, Held>;
}

function isOutOfDate(
  { wanted, ids, isRemembered, whole }: Located,
  { strategies, place, tokens, held }: Proof,
): boolean {
  if (whole !== null) return tokens !== null && tokens.get(whole.id) !== whole.token;
  // What the server has just said is right, unless it said so before the lock.
  if (!isRemembered && tokens === null) return false;
  const key = keyOf(strategies, wanted);
  const leads = ({ values }: Held) =>
    values.some((one) => one.attribute === place.attribute && keyOf(strategies, one.value) === key);
  return ids.some((id) => {
    const there = held.get(id);
    return there === undefined || !leads(there);
  });
}

/** They led to what is not there: those that were remembered were out of date. */
export function* forgetGone(
  strategies: Strategies,
  place: Place,
  {
    gone,
    remembered,
  }: { readonly gone: readonly string[]; readonly remembered: ReadonlySet<string> },
): Transaction {
  const isHit = (one: string) => remembered.has(one);
  yield* forgetAll(strategies, place, { externalIds: gone.filter(isHit), isStale: true });
  const asked = gone.filter((one) => !isHit(one));
  yield* forgetAll(strategies, place, { externalIds: asked, isStale: false });
}

/** Where nothing is remembered, nothing is forgotten. */
function* forgetAll(
  strategies: Strategies,
  place: Place,
  { externalIds, isStale }: { readonly externalIds: readonly string[]; readonly isStale: boolean },
): Transaction {
  if (externalIds.length === 0 || keptOf(strategies)[place.side] === null) return;
  const keys = externalIds.map((one) => storeKey(strategies, place, one));
  yield* forget(storeOf(strategies, place.side), keys, isStale);
}

/** What is ambiguous is asked for again. */
function* rememberFound(
  strategies: Strategies,
  place: Place,
  { right, held }: { readonly right: readonly Located[]; readonly held: Matched["held"] },
): Transaction {
  const kept: Kept = keptOf(strategies)[place.side];
  const entries = right.flatMap(({ wanted, ids, isRemembered }) => {
    const [id, another] = ids;
    const one = id === undefined ? undefined : held.get(id);
    if (isRemembered || id === undefined || another !== undefined || one === undefined) return [];
    return [[storeKey(strategies, place, wanted), textOf(kept, { id, ...one })] as const];
  });
  if (entries.length > 0) yield* remember(storeOf(strategies, place.side), entries);
}

/** They have been used by then: what is out of date is counted, and does its harm. */
function* proveHits(
  strategies: Strategies,
  place: Place,
  located: readonly Located[],
): Transaction {
  const whole = located.filter((one) => one.whole !== null);
  if (whole.length === 0) return;
  const tokens = yield* readTokens(
    place.side,
    whole.flatMap(({ ids }) => ids),
  );
  const isStale = (one: Located) => tokens.get(one.ids[0] ?? "") !== one.whole?.token;
  const externalIds = whole.filter(isStale).map((one) => one.wanted);
  yield* forgetAll(strategies, place, { externalIds, isStale: true });
}
