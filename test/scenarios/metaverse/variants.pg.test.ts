import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { metaverse } from "../../../fixtures/metaverse/system.ts";
import { transactionStream } from "../../../src/core/random.ts";
import type { OptionValue, Planned } from "../../../src/core/scenario.ts";
import { knownVariant } from "../../../src/core/variant.ts";
import { Stores } from "../../../src/engine/stores.ts";
import { Loaded } from "../../fixtures/metaverse/loaded.ts";
import { drive } from "../../helpers/drive.ts";
import { type OwnServer, startServer14 } from "../../helpers/postgres.ts";
import { hasServer14 } from "../../helpers/postgresql-14.ts";
import { contextOf, scenarioNamed } from "../worlds.ts";

type Options = Readonly<Record<string, OptionValue>>;

/** Prepares a scenario and runs the first transactions of a session. */
async function run(
  { connection, variant }: Loaded,
  name: string,
  { count, ...options }: Options & { readonly count: number },
): Promise<readonly Planned[]> {
  const scenario = scenarioNamed(name);
  const { strategies } = knownVariant(metaverse, variant);
  const context = { ...contextOf(scenario, options), strategies };
  const world = await drive(connection, scenario.prepare(context));
  const planned = Array.from({ length: count }, (_, number) =>
    scenario.draw(transactionStream(context.seed, "measured", 0, number), world, context, 0),
  );
  const stores = new Stores();
  for (const { steps } of planned) await drive(connection, steps(), stores);
  return planned;
}

/** Everything that scenarios write, without ids of rows and times. */
const contents = `
  select md5(string_agg(line, E'\\n' order by line)) as sum from (
    select concat_ws('|', object_id, attribute_id, value) as line
      from mv.object_value_text where attribute_id <> 27
    union all
    select concat_ws('|', id, type_id, cached_display_name, last_updated is null) from mv.object
    union all
    select concat_ws('|', connected_object_id, attribute_id, value) from mv.connected_value_text
    union all
    select concat_ws('|', id, object_id, join_type, import_state_hash) from mv.connected_object
    union all
    select concat_ws('|', connected_object_id, status) from mv.pending_export
  ) as lines`;

interface Contents {
  readonly ofOthers: string;
  /** After metaverse-import, too; null: nobody tells the dictionary, and it would find what is gone. */
  readonly ofAll: string | null;
}

/** One transaction after the other of every scenario; returns what is there then. */
async function contentsAfterAll(loaded: Loaded): Promise<Contents> {
  const operations = new Set<string>();
  const runAll = async (
    all: readonly (readonly [string, Options & { readonly count: number }])[],
  ) => {
    for (const [name, options] of all) {
      const planned = await run(loaded, name, options);
      for (const { operation } of planned) operations.add(operation);
      await expectWritten(loaded, planned);
    }
    const [sum = ""] = await loaded.texts(contents);
    return sum;
  };
  const ofOthers = await runAll([
    ["metaverse-create", { count: 1, page: 100 }],
    ["metaverse-update", { count: 6, page: 20 }],
    ["metaverse-match", { count: 12, page: 10 }],
    ["metaverse-sync", { count: 20, page: 10 }],
  ]);
  expect(operations.size).toBe(8);
  if (loaded.variant.includes("match-prefetched")) return { ofOthers, ofAll: null };
  const ofAll = await runAll([["metaverse-import", { count: 50, page: 2 }]]);
  expect(operations.size).toBe(13);
  return { ofOthers, ofAll };
}

/** The last write of each key is what is there. */
async function expectWritten(loaded: Loaded, planned: readonly Planned[]): Promise<void> {
  const last = new Map(
    planned.flatMap(({ writes = [] }) => writes.map(({ key, value }) => [key, value()] as const)),
  );
  const registered = await loaded.registered([...last.keys()]);
  for (const [key, value] of last) {
    expect(registered.get(key), key).toEqual(value === null ? null : [...value].sort());
  }
  expect(await loaded.broken([...last.keys()])).toEqual([]);
}

let wanted: Contents;
beforeAll(async () => {
  const loaded = await Loaded.variant("current");
  wanted = await contentsAfterAll(loaded);
  await loaded.database.drop();
});

/** Each variant at least once, and with others that it is composed with. */
const composed = [
  "create-insert,update-per-row,match-per-object,spelling-equal,paging-offset,indexes-none",
  "create-unnest,update-staged,lock,match-page,spelling-lower,indexes-7",
  "create-copy-binary-parallel,match-page,indexes-7",
  "create-copy-binary-one-phase,update-staged,no-foreign-keys",
  "create-copy-text,update-delete-insert,match-prefetched,no-foreign-keys",
  "create-copy-binary,match-lookup-cache,told-never,spelling-lower,single-value-index",
  "match-entity-cache,told-before-commit",
  "match-join-cache,told-by-notification,spelling-equal",
  "match-model,lock",
];

async function expectWanted(loaded: Loaded): Promise<void> {
  const { ofOthers, ofAll } = await contentsAfterAll(loaded);
  expect(ofOthers, loaded.variant).toBe(wanted.ofOthers);
  if (ofAll !== null) expect(ofAll, loaded.variant).toBe(wanted.ofAll);
}

it("every variant is there", () => {
  const there = new Set(composed.flatMap((names) => names.split(",")));
  expect(new Set(Object.keys(metaverse.variants))).toEqual(there.add("current"));
});

it.each(composed)("%s leave what the default leaves, and all of it whole", async (names) => {
  const loaded = await Loaded.variant(names);
  await expectWanted(loaded);
  await loaded.database.drop();
});

describe.runIf(hasServer14)("on PostgreSQL 14", () => {
  let server: OwnServer;
  beforeAll(async () => {
    server = await startServer14();
  });
  afterAll(() => server.stop());

  it("every variant leaves the same", async () => {
    for (const names of ["current", ...composed]) {
      const loaded = await Loaded.variant(names, server.address);
      await expectWanted(loaded);
      await loaded.database.drop();
    }
  });
});
