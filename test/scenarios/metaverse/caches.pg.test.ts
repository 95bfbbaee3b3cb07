/**
 * What becomes of remembered entries when what their external ids lead to changes: edge by edge, of
 * those who are told and of those who are not.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dictionaryOf } from "../../../scenarios/metaverse/dictionary.ts";
import type { Place } from "../../../scenarios/metaverse/lookup.ts";
import type { Joining } from "../../../scenarios/metaverse/join.ts";
import { match } from "../../../scenarios/metaverse/match.ts";
import { Loaded } from "../../fixtures/metaverse/loaded.ts";
import { only } from "../../helpers/drive.ts";
import { one, other, place, secondary, Worker } from "./worker.ts";

let loaded: Loaded;
beforeAll(async () => {
  loaded = await Loaded.variant("current");
});
afterAll(() => loaded.database.drop());

function workerOf(variant: string): Worker {
  return new Worker(loaded.connection, variant);
}

/** Who has it by the server's account. */
async function holders(): Promise<readonly string[]> {
  return loaded.texts(
    `select entry.id from mv.connected_object as entry
    join mv.connected_value as value on value.connected_object_id = entry.id
    where connected_system_id = 2 and attribute_id = 2 and string_value = any($1)
    order by string_value`,
    [one, other],
  );
}

const caches = [
  "match-lookup-cache",
  "match-join-cache",
  "match-entity-cache",
  "match-model",
] as const;

/** Whole entries are taken at their word; ids are proved by what they lead to. */
const wholes = ["match-entity-cache", "match-model"] as const;
const ids = ["match-lookup-cache", "match-join-cache"] as const;

async function clean(): Promise<void> {
  await loaded.connection.query("delete from mv.connected_value where attribute_id = 31");
  await workerOf("current").import(one, other);
  expect(await loaded.broken()).toEqual([]);
}

describe.each(caches)("%s", (cache) => {
  beforeAll(clean);

  it.each(["", "+told-before-commit", "+told-by-notification"])(
    "told%s finds what is there after an exchange, a replacement and a confirmation",
    async (told) => {
      const worker = workerOf(`${cache}${told}`);
      for (let round = 0; round < 2; round++) {
        await worker.import(one, other);
        await worker.exchange();
        expect(await worker.find(place, one, other)).toEqual(await holders());
        const newId = await worker.replace();
        expect(await worker.find(place, one)).toEqual([newId]);
        await worker.provision();
      }
      expect(await loaded.broken()).toEqual([]);
      expect(worker.counts).toMatchObject({ stale: 0 });
      expect(worker.counts?.hits).toBeGreaterThan(0);
    },
  );

  it("asks nothing of what it knows whole, or the values by the id", async () => {
    const worker = workerOf(cache);
    const before = await worker.find(place, one, other);
    const transaction = match({ strategies: worker.strategies, provesHits: false }, place, [one]);
    const asked: string[] = [];
    let next = transaction.next([]);
    while (next.done !== true) {
      if (next.value.kind === "query") asked.push(next.value.statement.name);
      next = transaction.next(await worker.run(only(next.value)));
    }
    const found = next.value;
    expect(found.matches).toEqual([expect.objectContaining({ ids: before.slice(0, 1) })]);
    const isWhole = wholes.some((name) => name === cache);
    expect(asked).toEqual(isWhole ? [] : ["hydrate-entry"]);
    expect(found.held.get(before[0] ?? "")?.values.map(({ attribute }) => attribute)).toContain(2);
  });
});

describe.each(ids)("%s that is never told", (cache) => {
  beforeAll(clean);

  it("sees by what an id leads to that it is out of date, and looks it up anew", async () => {
    const worker = workerOf(`${cache}+told-never`);
    await worker.find(place, one, other);
    await worker.exchange();
    expect(await worker.find(place, one, other)).toEqual(await holders());
    expect(worker.counts).toMatchObject({ stale: 2 });
    // The row is gone.
    const newId = await worker.replace();
    expect(await worker.find(place, one)).toEqual([newId]);
    expect(worker.counts).toMatchObject({ stale: 3 });
    await worker.provision();
    expect(await loaded.broken()).toEqual([]);
  });
});

describe.each(wholes)("%s that is never told", (cache) => {
  beforeAll(clean);

  it("imports into the wrong entry after an exchange, which is found", async () => {
    const worker = workerOf(`${cache}+told-never`);
    await worker.import(one);
    await worker.find(place, one, other);
    await worker.exchange();
    expect(await worker.find(place, one, other)).not.toEqual(await holders());
    await worker.import(one);
    expect(await loaded.broken()).toContain("imported-as-itself");
    await clean();
  });

  it("imports into the right one where the row is locked, and counts what was out of date", async () => {
    const worker = workerOf(`${cache}+told-never+lock`);
    await worker.import(one, other);
    await worker.exchange();
    await worker.import(one, other);
    await worker.replace();
    await worker.import(one, other);
    expect(await loaded.broken()).toEqual([]);
    expect(worker.counts?.stale).toBeGreaterThanOrEqual(3);
  });

  it("looks an entry up anew once it is gone, and imports into the other", async () => {
    const worker = workerOf(`${cache}+told-never`);
    await worker.import(one);
    await worker.replace();
    await worker.import(one);
    expect(worker.counts).toMatchObject({ stale: 1 });
    const imported = `select connected_object_id from mv.connected_value
      where attribute_id = 31 and string_value = $1`;
    expect(await loaded.texts(imported, `${one} imported`)).toEqual((await holders()).slice(0, 1));
    expect(await loaded.broken()).toEqual([]);
  });

  it("still finds an entry by the id that it had before it was confirmed", async () => {
    const worker = workerOf(`${cache}+told-never`);
    await worker.find(place, one);
    await expect(worker.provision()).rejects.toMatchObject({ code: "still-found" });
  });
});

/** Of the directory, with objects, whose external ids they have. */
async function joinedPair(): Promise<readonly [Joining, Joining]> {
  const ids = await loaded.texts(
    `select entry.id from mv.connected_object as entry
    join mv.connected_value as value on value.connected_object_id = entry.id
    where connected_system_id = 2 and string_value in ('E-0000001', 'E-0000002')
    order by string_value`,
  );
  const [first = "", second = ""] = ids;
  return [
    { id: first, externalId: "E-0000001" },
    { id: second, externalId: "E-0000002" },
  ];
}

describe("joins by what is remembered of objects", () => {
  /** They have looked for their objects once before these exchange their ids. */
  async function joinAfterExchange(variant: string): Promise<Worker> {
    await clean();
    const worker = workerOf(variant);
    const pair = await joinedPair();
    await worker.exchangeObjects(pair);
    await worker.join(...pair);
    await worker.exchangeObjects(pair);
    await worker.join(...pair);
    return worker;
  }

  it.each([
    ...["current", "match-entity-cache+told-never", "match-join-cache", "match-model"],
    ...["match-model+told-before-commit", "match-join-cache+told-by-notification"],
  ])("find the right ones with %s", async (variant) => {
    const worker = await joinAfterExchange(variant);
    expect(await loaded.broken()).toEqual([]);
    expect(worker.countsOf("objects")?.stale ?? 0).toBe(0);
    const pair = await joinedPair();
    const joined = `select count(object_id) from mv.connected_object where id = any($1)`;
    expect(
      await loaded.texts(
        joined,
        pair.map(({ id }) => id),
      ),
    ).toEqual(["2"]);
  });

  it.each([["match-join-cache+told-never"], ["match-model+told-never+lock"]])(
    "find the right ones with %s, since what is out of date shows",
    async (variant) => {
      const worker = await joinAfterExchange(variant);
      expect(await loaded.broken()).toEqual([]);
      expect(worker.countsOf("objects")).toMatchObject({ stale: 2 });
    },
  );

  it("find the wrong ones in a model that nobody tells", async () => {
    await joinAfterExchange("match-model+told-never");
    expect(await loaded.broken()).toEqual(["joined-by-its-id"]);
    await workerOf("current").exchangeObjects(await joinedPair());
    await clean();
  });
});

it("a dictionary that nobody tells leads into the wrong entry after an exchange", async () => {
  await clean();
  const worker = workerOf("match-prefetched");
  const dictionary = dictionaryOf(worker.strategies, [one, other], await holders());
  await worker.exchange();
  await worker.importAt({ ...place, dictionary }, one);
  expect(await loaded.broken()).toContain("imported-as-itself");
  await clean();
});

it("what was told before the commit is wrong after a rollback", async () => {
  await clean();
  const cautious = workerOf("match-lookup-cache+told-before-commit");
  await cautious.exchangeInVain();
  expect(await cautious.find(place, one, other)).toEqual(await holders());
  expect(cautious.counts).toMatchObject({ stale: 2 });
  const trusting = workerOf("match-entity-cache+told-before-commit");
  await trusting.exchangeInVain();
  await trusting.import(one, other);
  expect(await loaded.broken()).toContain("imported-as-itself");
  await clean();
  const late = workerOf("match-entity-cache");
  await late.exchangeInVain();
  await late.import(one, other);
  expect(await loaded.broken()).toEqual([]);
});

it("a model asks nothing of a system without entries, until somebody tells it of one", async () => {
  await loaded.connection.query(
    "insert into mv.connected_system (id, name) values (3, 'new'), (4, 'newer')",
  );
  const empty: Place = { ...secondary, scope: 3 };
  const worker = workerOf("match-model");
  expect(await worker.find(empty, "P-1")).toEqual([""]);
  await worker.provision(3);
  const ignorant = workerOf("match-model+told-never");
  expect(await ignorant.find({ ...secondary, scope: 4 }, "P-1")).toEqual([""]);
  await expect(ignorant.provision(4)).rejects.toMatchObject({ code: "not-found" });
});

it("a model that may have missed a notification is read anew, whole", async () => {
  const worker = workerOf("match-model+told-by-notification");
  await worker.find(place, one);
  const whole = worker.counts?.entries ?? 0;
  expect(whole).toBeGreaterThan(10);
  worker.loseNotifications();
  expect(worker.counts).toMatchObject({ entries: 0 });
  await worker.find(place, one);
  expect(worker.counts).toMatchObject({ entries: whole });
});

it("a place that somebody changes before anybody has read it is still read whole", async () => {
  await clean();
  const worker = workerOf("match-model");
  await worker.exchange();
  await worker.find(place, one, "C-nobody");
  expect(worker.counts?.entries).toBeGreaterThan(10);
});

it("what it is asked to prove, it counts, and uses it all the same", async () => {
  const worker = workerOf("match-entity-cache+told-never");
  const before = await worker.find(place, one, other);
  await worker.exchange();
  const proving = { strategies: worker.strategies, provesHits: true };
  const { matches } = await worker.run(match(proving, place, [one, other]));
  expect(matches.map(({ ids: found }) => found[0])).toEqual(before);
  expect(worker.counts).toMatchObject({ stale: 2, entries: 0 });
});
