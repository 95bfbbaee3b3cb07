/** Ids by external id, in two arrays: plain data, which the sessions of k6 share as well. */
import type { Strategies } from "../../src/core/system.ts";

export interface Dictionary {
  /** In the order of their codes. */
  readonly keys: readonly string[];
  /** Of the keys. */
  readonly ids: readonly string[];
}

/** What a value is known by: itself where case counts. */
export function keyOf({ spelling }: Strategies, value: string): string {
  return spelling === "equal" ? value : value.toLowerCase();
}

/** Empty unless the strategy is to look there. */
export function dictionaryOf(
  strategies: Strategies,
  externalIds: readonly string[],
  ids: readonly string[],
): Dictionary {
  if (strategies.match !== "prefetched") return { keys: [], ids: [] };
  const sorted = externalIds
    .map((value, index) => ({ key: keyOf(strategies, value), id: ids[index] ?? "" }))
    .sort((one, other) => (one.key < other.key ? -1 : 1));
  return { keys: sorted.map(({ key }) => key), ids: sorted.map(({ id }) => id) };
}

export function foundIn({ keys, ids }: Dictionary, key: string): string | null {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] ?? "") < key) low = middle + 1;
    else high = middle;
  }
  return keys[low] === key ? (ids[low] ?? null) : null;
}
