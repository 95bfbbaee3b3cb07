/**
 * Which transactions' writes may be the ones that are left under each key, as far as their clients
 * can tell: those that no acknowledged one followed which began after their acknowledgement. All
 * times are on the run's clock.
 */
import type { TransactionName } from "./fates.ts";
import type { Write } from "./scenario.ts";

/** A transaction that came to its end and may have written. */
export interface Ended extends TransactionName {
  /** Before its first statement was sent. */
  readonly beganMs: number;
  /** After the reply to its COMMIT; null: there was none, and nobody knows whether it committed. */
  readonly acknowledgedMs: number | null;
}

/** One whose write may be the last of a key. */
export interface Candidate extends Ended {
  readonly value: readonly string[] | null;
}

/** A key with all that may be left under it; plain data, for messages between threads. */
export interface LastWrite {
  readonly key: string;
  readonly candidates: readonly Candidate[];
}

/** What a thread knows of the writes of its sessions, or all of them together. */
export interface ToldWrites {
  readonly writes: readonly LastWrite[];
  /** Keys that were written, too, and of which no more is told. */
  readonly keysLeftOut: readonly string[];
}

/**
 * So many keys of a thread are told of: with their values they are some 100 MB. Those that several
 * transactions may have written last come first, since it is there that something may be wrong; of
 * the others every thread chooses the same ones, for a key that one of them leaves out is lost to all.
 */
const keysToldMax = 50_000;

interface Kept {
  readonly write: Write;
  readonly ended: Ended;
}

export class LastWrites {
  readonly #kept = new Map<string, Kept[]>();

  add(writes: readonly Write[], ended: Ended): void {
    for (const write of writes) {
      const kept = this.#kept.get(write.key);
      if (kept === undefined) this.#kept.set(write.key, [{ write, ended }]);
      else replaceSuperseded(kept, { write, ended });
    }
  }

  /** Which transactions' writes may be left, by key. */
  kept(): readonly { readonly key: string; readonly ended: readonly Ended[] }[] {
    return [...this.#kept].map(([key, kept]) => ({ key, ended: kept.map(({ ended }) => ended) }));
  }

  /** Those that may be left, by key. */
  toTell(): ToldWrites {
    const ranked = [...this.#kept].sort(
      ([key, one], [otherKey, other]) => other.length - one.length || (key < otherKey ? -1 : 1),
    );
    const writes = ranked.slice(0, keysToldMax).map(([key, kept]) => ({
      key,
      candidates: kept.map(({ write, ended }) => ({ ...ended, value: write.value() })),
    }));
    return { writes, keysLeftOut: ranked.slice(keysToldMax).map(([key]) => key) };
  }
}

/** In place: in most cases there is one, and it is replaced. */
function replaceSuperseded(kept: Kept[], added: Kept): void {
  let left = 0;
  if (added.ended.acknowledgedMs === null) left = kept.length;
  else {
    for (const one of kept) {
      if (!isBefore(one.ended, added.ended.beganMs)) kept[left++] = one;
    }
  }
  kept[left] = added;
  kept.length = left + 1;
}

function isBefore({ acknowledgedMs }: Ended, beganMs: number): boolean {
  return acknowledgedMs !== null && acknowledgedMs < beganMs;
}

/** Clocks of two threads agree to some microseconds; so far apart they agree on what came first. */
export const threadClocksApartMs = 0.1;

/**
 * What several threads or processes know together: of a key that one of them left out, too little.
 * @param clocksApartMs by how much their clocks may differ: what came first within it, nobody can
 * tell, and whatever is left of it is taken for right.
 */
export function mergedLastWrites(told: readonly ToldWrites[], clocksApartMs: number): ToldWrites {
  const [only, ...others] = told;
  if (only !== undefined && others.length === 0) return only;
  const leftOut = new Set(told.flatMap(({ keysLeftOut }) => keysLeftOut));
  const byKey = new Map<string, Candidate[]>();
  for (const { key, candidates } of told.flatMap(({ writes }) => writes)) {
    if (leftOut.has(key)) continue;
    const known = byKey.get(key);
    if (known === undefined) byKey.set(key, [...candidates]);
    else known.push(...candidates);
  }
  const writes = [...byKey].map(([key, all]) => ({
    key,
    candidates: notSuperseded(all, clocksApartMs),
  }));
  return { writes, keysLeftOut: [...leftOut] };
}

function notSuperseded(
  candidates: readonly Candidate[],
  clocksApartMs: number,
): readonly Candidate[] {
  // Whatever a thread dropped was followed by one that it kept, or that was followed in turn.
  const begun = candidates.flatMap((one) => (one.acknowledgedMs === null ? [] : one.beganMs));
  const lastMs = Math.max(...begun) - clocksApartMs;
  return candidates.filter((one) => !isBefore(one, lastMs));
}
