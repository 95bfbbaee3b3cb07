import { describe, expect, it } from "vitest";
import type { Store } from "../../src/core/step.ts";
import { collectGarbage } from "../../src/engine/pg/garbage.ts";
import { Stores, storesByName, storeSums } from "../../src/engine/stores.ts";

const store: Store = { name: "ids", channel: "ids" };

function filled(): Stores {
  const stores = new Stores();
  stores.perform({
    kind: "remember",
    store,
    entries: [
      ["a", "1"],
      ["b", "22"],
    ],
  });
  return stores;
}

function recalled(stores: Stores, ...keys: readonly string[]) {
  return stores.perform({ kind: "recall", store, keys });
}

const idsOf = (stores: Stores) => storesByName(stores.counts()).ids;

describe("a store", () => {
  it("has what was remembered, the latest of a key, and nothing else", () => {
    const stores = filled();
    stores.perform({ kind: "remember", store, entries: [["a", "333"]] });
    expect(recalled(stores, "a", "b", "c")).toEqual([
      { key: "a", value: "333" },
      { key: "b", value: "22" },
    ]);
    expect(idsOf(stores)).toEqual({
      ...{ asked: 3, hits: 2, stale: 0, remembered: 3, heard: 0, told: 0, emptied: 0 },
      // Of each string a header and a word of characters; of each entry its place in the table.
      ...{ entries: 2, bytes: Math.round(2 * (2 * (16 + 8) + 28 / Math.LN2)) },
    });
  });

  it("forgets what the scenario or the server tells it, and counts each as what it was", () => {
    const stores = filled();
    stores.perform({ kind: "forget", store, keys: ["a"], isStale: true });
    stores.told(store, "b");
    stores.told(store, "never there");
    expect(recalled(stores, "a", "b")).toEqual([]);
    expect(idsOf(stores)).toMatchObject({ stale: 1, heard: 2, told: 1, entries: 0, bytes: 0 });
  });

  it("that is first used while nobody would tell it of changes holds nothing, too", () => {
    const stores = new Stores();
    stores.deafen(store);
    stores.perform({ kind: "remember", store, entries: [["a", "1"]] });
    expect(recalled(stores, "a")).toEqual([]);
    stores.undeafen(store);
    stores.perform({ kind: "remember", store, entries: [["a", "1"]] });
    expect(recalled(stores, "a")).toEqual([{ key: "a", value: "1" }]);
  });

  it("holds nothing while nobody would tell it of changes", () => {
    const stores = filled();
    stores.deafen(store);
    stores.perform({ kind: "remember", store, entries: [["c", "4"]] });
    expect(recalled(stores, "a", "c")).toEqual([]);
    stores.undeafen(store);
    stores.perform({ kind: "remember", store, entries: [["c", "4"]] });
    expect(recalled(stores, "c")).toEqual([{ key: "c", value: "4" }]);
    expect(idsOf(stores)).toMatchObject({ emptied: 1, entries: 1 });
  });

  it("counts what is asked from when the measured time begins, and has what it had", () => {
    const stores = filled();
    recalled(stores, "a", "c");
    stores.told(store, "a");
    const before = idsOf(stores);
    stores.beginMeasuring();
    recalled(stores, "b");
    expect(idsOf(stores)).toEqual({
      ...{ asked: 1, hits: 1, stale: 0, remembered: 0, told: 0, emptied: 0 },
      // Each took a transaction of the connection that listens, whenever it came.
      ...{ heard: 1, entries: 1, bytes: before?.bytes },
    });
  });

  it.each(["x", "é", "ł"])("takes as many bytes of memory as it says, with %s in it", (letter) => {
    const count = 40_000;
    const stores = new Stores();
    // Each string is one of its own, and flat, as those are that come from a connection.
    const flat = (text: string) => Buffer.from(text).toString();
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    for (let index = 0; index < count; index++) {
      const value = flat(`${letter.repeat(20 + (index % 50))}${index}`);
      stores.perform({ kind: "remember", store, entries: [[flat(`key ${index}`), value]] });
    }
    collectGarbage();
    const taken = process.memoryUsage().heapUsed - before;
    const bytes = idsOf(stores)?.bytes ?? 0;
    expect(bytes / count).toBeGreaterThan(100);
    expect(taken / bytes).toBeGreaterThan(1 / 1.5);
    expect(taken / bytes).toBeLessThan(1.5);
  });

  it("is one of its name, and over several threads the sums", () => {
    const stores = filled();
    const other: Store = { name: "others", channel: null };
    stores.perform({ kind: "remember", store: other, entries: [["a", "x"]] });
    expect(recalled(stores, "a")).toEqual([{ key: "a", value: "1" }]);
    const sums = storeSums([stores.counts(), filled().counts()]);
    expect(sums.map(({ name }) => name)).toEqual(["ids", "others"]);
    expect(storesByName(sums).ids).toMatchObject({
      ...{ asked: 1, hits: 1, remembered: 4, entries: 4 },
    });
  });
});
