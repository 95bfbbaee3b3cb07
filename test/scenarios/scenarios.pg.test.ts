import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dms } from "../../fixtures/dms/system.ts";
import { transactionStream } from "../../src/core/random.ts";
import type { OptionValue, Planned } from "../../src/core/scenario.ts";
import type { Transaction } from "../../src/core/transaction.ts";
import type { FixtureParameters } from "../../src/core/system.ts";
import { knownVariant } from "../../src/core/variant.ts";
import { bundledFixture } from "../../src/server/fixture/fixture.ts";
import { loadFixture } from "../../src/server/fixture/load-fixture.ts";
import { withParameters } from "../../src/server/sql-parameters.ts";
import { drive } from "../helpers/drive.ts";
import { type FreshDatabase, freshDatabase } from "../helpers/postgres.ts";
import { contextOf, scenarioNamed } from "./worlds.ts";

/** With few partitions, where a variant sets no number itself: they take most of the time. */
const sizes = {
  documents: 1_200,
  references: 12_000,
  partitions: 4,
  keys: 16,
  averageReferences: 10,
};

let database: FreshDatabase;
let parameters: FixtureParameters;
beforeAll(async () => {
  database = await freshDatabase();
  await load("current");
});
afterAll(() => database.drop());

async function load(variant: string): Promise<void> {
  parameters = { ...sizes, ...knownVariant(dms, variant).parameters };
  await loadFixture(database.connection, bundledFixture(dms, variant, parameters), () => {});
}

/** Prepares a scenario and runs the first transactions of a session. */
async function run(
  name: string,
  count: number,
  options: Readonly<Record<string, OptionValue>> = {},
): Promise<readonly Planned[]> {
  const scenario = scenarioNamed(name);
  const context = contextOf(scenario, options);
  const world = await drive(database.connection, scenario.prepare(context));
  const planned = Array.from({ length: count }, (_, number) =>
    scenario.draw(transactionStream(context.seed, "measured", 0, number), world, context, 0),
  );
  for (const { steps } of planned) await drive(database.connection, steps());
  return planned;
}

async function numberFrom(sql: string, ...values: unknown[]): Promise<number> {
  const [row] = await database.connection.query(sql, values);
  return Number(Object.values(row ?? {})[0]);
}

async function expectSound(): Promise<void> {
  for (const { violations, name } of dms.invariants) {
    const sql = withParameters(violations, parameters);
    expect(await database.connection.query(sql, [[]]), name).toEqual([]);
  }
}

describe("the dms scenarios on a real database", () => {
  it.each([false, true])("concurrent replaces what it drew (unlocked: %s)", async (unlocked) => {
    const planned = await run("concurrent", 20, { unlocked });
    for (const { inputs } of planned) {
      const stored = "select count(*) from dms.Reference where ParentDocumentId = $1";
      const last = planned.findLast((other) => other.inputs[0] === inputs[0]);
      expect(await numberFrom(stored, inputs[0])).toBe((last?.inputs.length ?? 0) - 1);
    }
    await expectSound();
  });

  it("concurrent keeps to its hot documents", async () => {
    const planned = await run("concurrent", 30, { hot: 3 });
    expect(new Set(planned.map(({ inputs }) => inputs[0])).size).toBe(3);
  });

  it.each([
    ["standard", 2],
    ["heavy", 1],
  ])("single-document replaces by the %s payload", async (payload, document) => {
    const length = await numberFrom(
      "select cardinality(document_ids) from dms.payload where name = $1",
      `single_doc_${payload}`,
    );
    await run("single-document", 3, { payload });
    const stored = "select count(*) from dms.Reference where ParentDocumentId = $1";
    expect(await numberFrom(stored, document)).toBe(length);
    await expectSound();
  });

  it("batch-1000 gives the first 1 000 documents by key and id 20 references each", async () => {
    const [planned] = await run("batch-1000", 1);
    const [first] = await database.connection.query(
      `select array_agg(each.id)::text[] as ids from (
        select document.Id::text as id from dms.Document as document
        order by document.DocumentPartitionKey, document.Id limit 1000) as each`,
    );
    expect(planned?.inputs).toEqual(first?.ids);
    const exact = `select count(*) from (
      select from dms.Reference where ParentDocumentId = any($1::bigint[])
      group by ParentDocumentId
      having count(*) = 20 and count(distinct ReferentialId) = 20
        and bool_and(ReferencedDocumentId <> ParentDocumentId)) as each`;
    expect(await numberFrom(exact, planned?.inputs)).toBe(1_000);
    await expectSound();
    // A thousand calls: seconds on a quiet machine, more beside other tests.
  }, 300_000);

  it("cross-partition leaves 50 references to other keys on 160 documents", async () => {
    const [planned] = await run("cross-partition", 1);
    const exact = `select count(*) from (
      select from dms.Reference where ParentDocumentId = any($1::bigint[])
      group by ParentDocumentId
      having count(*) = 50 and bool_and(ReferentialPartitionKey <> ParentDocumentPartitionKey)
    ) as each`;
    expect(planned?.inputs).toHaveLength(160);
    expect(await numberFrom(exact, planned?.inputs)).toBe(160);
    await expectSound();
  });

  it.each([
    {},
    {
      schema: "swap",
      claims: "ahead",
      authorization: "cached",
      cascade: "outside",
      streaming: "chunks",
    },
  ])("service updates what it drew, and reads (%j)", async (options) => {
    await database.connection.query("update dms.Document set LastModifiedAt = 'epoch'");
    const planned = await run("service", 40, options);
    expect(new Set(planned.map(({ operation }) => operation)).size).toBe(3);
    const updated = planned.filter(({ operation }) => operation !== "query-documents");
    const ids = new Set(updated.map(({ inputs }) => inputs[0]));
    const touched = "select count(*) from dms.Document where LastModifiedAt > 'epoch'";
    expect(await numberFrom(touched)).toBe(ids.size);
    for (const { inputs } of updated) {
      const stored = "select count(*) from dms.Reference where ParentDocumentId = $1";
      const last = updated.findLast((other) => other.inputs[0] === inputs[0]);
      expect(await numberFrom(stored, inputs[0])).toBe((last?.inputs.length ?? 0) - 1);
    }
    await expectSound();
  });

  it("mixed runs every operation", async () => {
    const planned = await run("mixed", 150);
    expect(new Set(planned.map(({ operation }) => operation)).size).toBe(5);
    await expectSound();
  });

  it("mixed keeps a document that others refer to", async () => {
    const documents = await numberFrom("select count(*) from dms.Document");
    await run("mixed", 20, { weights: { "delete-document": 1 } });
    expect(await numberFrom("select count(*) from dms.Document")).toBe(documents);
  });

  it("mixed deletes documents that nobody refers to", async () => {
    await database.connection.query("delete from dms.Reference");
    const planned = await run("mixed", 60, { weights: { "delete-document": 1 } });
    const deleted = new Set(planned.map(({ inputs }) => inputs[0]));
    // Some were drawn twice, and were gone already.
    expect(deleted.size).toBeLessThan(60);
    expect(await numberFrom("select count(*) from dms.Document")).toBe(1_200 - deleted.size);
  });

  it("mixed goes on when documents and aliases that it knows are gone", async () => {
    const scenario = scenarioNamed("mixed");
    const context = contextOf(scenario);
    const world = await drive(database.connection, scenario.prepare(context));
    await database.connection.query("delete from dms.Document where Id % 2 = 0");
    for (let number = 0; number < 100; number++) {
      const random = transactionStream(context.seed, "measured", 1, number);
      await drive(database.connection, scenario.draw(random, world, context, 0).steps());
    }
    // Each replacement met one of the missing aliases, and so changed nothing.
    expect(await numberFrom("select count(*) from dms.Reference")).toBe(0);
  });

  it("refuse an empty database with a reason", async () => {
    await database.connection.query("delete from dms.Document");
    for (const [name, code] of [
      ["concurrent", "no-documents"],
      ["batch-1000", "no-documents"],
      ["cross-partition", "no-documents"],
      ["mixed", "no-documents"],
      ["service", "no-documents"],
    ] as const) {
      const scenario = scenarioNamed(name);
      const prepared = drive(database.connection, scenario.prepare(contextOf(scenario)));
      await expect(prepared, name).rejects.toMatchObject({ kind: "refused", code });
    }
  });
});

describe.each(Object.keys(dms.variants))("all dms scenarios on the variant %s", (variant) => {
  let current: FreshDatabase;

  beforeAll(async () => {
    current = database;
    database = await freshDatabase();
    await load(variant);
  }, 60_000);
  afterAll(async () => {
    await database.drop();
    database = current;
  });

  it("write what they drew and leave all invariants whole", async () => {
    const written = `select count(*) from dms.FullReference where ParentDocumentId = $1`;
    for (const [name, count] of [
      ["concurrent", 5],
      ["single-document", 2],
      ["cross-partition", 1],
    ] as const) {
      const planned = await run(name, count);
      const { key, value } = planned.at(-1)!.writes![0]!;
      const wanted = value()!;
      expect(wanted.length, name).toBeGreaterThan(0);
      expect(await numberFrom(written, key), name).toBe(wanted.length);
    }
    // All its thousand calls are alike, and would take seconds with each variant.
    const key = await beginBatch(10);
    expect(await numberFrom(written, key), "batch-1000").toBe(20);
    const planned = await run("mixed", 40);
    expect(new Set(planned.map(({ operation }) => operation)).size).toBeGreaterThan(3);
    await run("mixed", 3, { weights: { "delete-document": 1 } });
    await expectSound();
  });

  /** Commits the first calls of a batch, and returns the document of the first. */
  async function beginBatch(calls: number): Promise<string> {
    const scenario = scenarioNamed("batch-1000");
    const context = contextOf(scenario);
    const world = await drive(database.connection, scenario.prepare(context));
    const { steps, writes } = scenario.draw(
      transactionStream(context.seed, "measured", 0, 0),
      world,
      context,
      0,
    );
    await drive(database.connection, cut(steps(), 2 + calls));
    return writes![0]!.key;
  }

  /** The first steps of a transaction, committed. */
  function* cut(transaction: Transaction<unknown>, count: number): Transaction {
    let next = transaction.next([]);
    for (let step = 0; step < count && next.done !== true; step++) {
      next = transaction.next(yield next.value);
    }
    yield { kind: "commit" };
  }
});
