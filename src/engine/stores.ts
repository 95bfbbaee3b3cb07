/**
 * What sessions of a thread remember by key. Nobody else knows of it: an entry is as old as the last
 * time that somebody here remembered it, or was told to forget it.
 */
import type { Row, Store, StoreStep } from "../core/step.ts";
import { noRows } from "./statements.ts";

/** What was asked of a store since it was first used; over several threads the sums. */
export interface StoreCounts {
  readonly name: string;
  /** Keys that were asked for. */
  readonly asked: number;
  /** Of these, found. */
  readonly hits: number;
  /** Of what was found, proved by the scenario to be out of date. */
  readonly stale: number;
  readonly remembered: number;
  /** Notifications of the server that came. */
  readonly heard: number;
  /** Entries that they dropped. */
  readonly told: number;
  /** Times that all was dropped, because notifications may have been missed. */
  readonly emptied: number;
  /** There at the end. */
  readonly entries: number;
  /** Of keys and values in these entries, at the end. */
  readonly characters: number;
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
    characters: one.characters + other.characters,
  };
}

class Entries {
  readonly #values = new Map<string, string>();
  #isDeaf = false;
  #characters = 0;
  #asked = 0;
  #hits = 0;
  #stale = 0;
  #remembered = 0;
  #heard = 0;
  #told = 0;
  #emptied = 0;

  get counts(): Omit<StoreCounts, "name"> {
    return {
      asked: this.#asked,
      hits: this.#hits,
      stale: this.#stale,
      remembered: this.#remembered,
      heard: this.#heard,
      told: this.#told,
      emptied: this.#emptied,
      entries: this.#values.size,
      characters: this.#characters,
    };
  }

  recall(keys: readonly string[]): readonly Row[] {
    this.#asked += keys.length;
    const rows = keys.flatMap((key) => {
      const value = this.#values.get(key);
      return value === undefined ? [] : [{ key, value }];
    });
    this.#hits += rows.length;
    return rows;
  }

  remember(key: string, value: string): void {
    // What is remembered while nobody hears of its end would stay for good.
    if (this.#isDeaf) return;
    this.#drop(key);
    this.#values.set(key, value);
    this.#characters += key.length + value.length;
    this.#remembered++;
  }

  forget(key: string, isStale: boolean): void {
    if (isStale) this.#stale++;
    this.#drop(key);
  }

  told(key: string): void {
    this.#heard++;
    if (this.#drop(key)) this.#told++;
  }

  deafen(): void {
    this.#isDeaf = true;
    this.#values.clear();
    this.#characters = 0;
    this.#emptied++;
  }

  undeafen(): void {
    this.#isDeaf = false;
  }

  #drop(key: string): boolean {
    const value = this.#values.get(key);
    if (value === undefined) return false;
    this.#characters -= key.length + value.length;
    return this.#values.delete(key);
  }
}
