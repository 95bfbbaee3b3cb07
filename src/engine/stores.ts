/**
 * What sessions of a thread remember by key. Nobody else knows of it: an entry is as old as the last
 * time that somebody here remembered it, or was told to forget it.
 */
import type { Row, Store, StoreStep } from "../core/step.ts";
import { noRows } from "./statements.ts";

/** What was asked of a store in the measured time; over several threads the sums. */
export interface StoreCounts {
  readonly name: string;
  /** Keys that were asked for. */
  readonly asked: number;
  /** Of these, found. */
  readonly hits: number;
  /** Of what was found, proved by the scenario to be out of date. */
  readonly stale: number;
  readonly remembered: number;
  /** Notifications of the server that came, those of the warm-up among them. */
  readonly heard: number;
  /** Entries that they dropped. */
  readonly told: number;
  /** Times that all was dropped, because notifications may have been missed. */
  readonly emptied: number;
  /** There at the end, whenever they were remembered. */
  readonly entries: number;
  /** Of memory that they take, keys and values and what keeps them; at the end. */
  readonly bytes: number;
}

export class Stores {
  readonly #stores = new Map<string, Entries>();

  perform(step: StoreStep): readonly Row[] {
    const entries = this.#of(step.store);
    switch (step.kind) {
      case "recall":
        return entries.recall(step.keys);
      case "remember":
        for (const [key, value] of step.entries) entries.remember(key, value);
        return noRows;
      case "forget":
        for (const key of step.keys) entries.forget(key, step.isStale);
        return noRows;
    }
  }

  /** The server told that this is no longer so. */
  told(store: Store, key: string): void {
    this.#of(store).told(key);
  }

  /** From now on it holds nothing: whoever would tell of changes is not heard. */
  deafen(store: Store): void {
    this.#of(store).deafen();
  }

  /** It is heard again. */
  undeafen(store: Store): void {
    this.#of(store).undeafen();
  }

  /** What was counted before was the warm-up. */
  beginMeasuring(): void {
    for (const entries of this.#stores.values()) entries.beginMeasuring();
  }

  counts(): readonly StoreCounts[] {
    return [...this.#stores].map(([name, entries]) => ({ name, ...entries.counts }));
  }

  #of({ name }: Store): Entries {
    let entries = this.#stores.get(name);
    if (entries === undefined) {
      entries = new Entries();
      this.#stores.set(name, entries);
    }
    return entries;
  }
}

/** What threads report, added up by name. */
export function storeSums(reports: readonly (readonly StoreCounts[])[]): readonly StoreCounts[] {
  const sums = new Map<string, StoreCounts>();
  for (const counts of reports.flat()) {
    const sum = sums.get(counts.name);
    sums.set(counts.name, sum === undefined ? counts : added(sum, counts));
  }
  return [...sums.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** As run.json has them. */
export function storesByName(
  stores: readonly StoreCounts[],
): Readonly<Record<string, Omit<StoreCounts, "name">>> {
  return Object.fromEntries(stores.map(({ name, ...counts }) => [name, counts]));
}

function added(one: StoreCounts, other: StoreCounts): StoreCounts {
  return {
    name: one.name,
    asked: one.asked + other.asked,
    hits: one.hits + other.hits,
    stale: one.stale + other.stale,
    remembered: one.remembered + other.remembered,
    heard: one.heard + other.heard,
    told: one.told + other.told,
    emptied: one.emptied + other.emptied,
    entries: one.entries + other.entries,
    bytes: one.bytes + other.bytes,
  };
}

const nothingCounted = { asked: 0, hits: 0, stale: 0, remembered: 0, told: 0, emptied: 0 };

class Entries {
  readonly #values = new Map<string, string>();
  #isDeaf = false;
  #heard = 0;
  #counted = { ...nothingCounted };

  get counts(): Omit<StoreCounts, "name"> {
    const entries = this.#values.size;
    return { ...this.#counted, heard: this.#heard, entries, bytes: bytesOf(this.#values) };
  }

  beginMeasuring(): void {
    this.#counted = { ...nothingCounted };
  }

  recall(keys: readonly string[]): readonly Row[] {
    this.#counted.asked += keys.length;
    const rows = keys.flatMap((key) => {
      const value = this.#values.get(key);
      return value === undefined ? [] : [{ key, value }];
    });
    this.#counted.hits += rows.length;
    return rows;
  }

  remember(key: string, value: string): void {
    // What is remembered while nobody hears of its end would stay for good.
    if (this.#isDeaf) return;
    this.#values.set(key, value);
    this.#counted.remembered++;
  }

  forget(key: string, isStale: boolean): void {
    if (isStale) this.#counted.stale++;
    this.#values.delete(key);
  }

  told(key: string): void {
    this.#heard++;
    if (this.#values.delete(key)) this.#counted.told++;
  }

  deafen(): void {
    this.#isDeaf = true;
    this.#values.clear();
    this.#counted.emptied++;
  }

  undeafen(): void {
    this.#isDeaf = false;
  }
}

/**
 * What V8 takes in 64-bit Node (its heap objects: String, OrderedHashMap): of a string a header of two
 * words, and its characters rounded up to whole words; of an entry of a Map its key, its value and its
 * place in a chain, a word each, and half a word for the chain's start. A Map doubles when it is full, so
 * that over all sizes there is room for 1 / ln 2 times as many entries as there are.
 */
const wordBytes = 8;
const stringHeaderBytes = 2 * wordBytes;
const mapEntryBytes = (3.5 * wordBytes) / Math.LN2;

function bytesOf(entries: ReadonlyMap<string, string>): number {
  let bytes = 0;
  for (const [key, value] of entries) bytes += stringBytes(key) + stringBytes(value);
  return Math.round(bytes + entries.size * mapEntryBytes);
}

/** One byte a character, or two if one of them is above U+00FF. */
function stringBytes(text: string): number {
  const bytes = text.length * (/[^\0-\xff]/.test(text) ? 2 : 1);
  return stringHeaderBytes + Math.ceil(bytes / wordBytes) * wordBytes;
}
