/** Several variants of dms at once: which go together, and what must hold of those that do. */
import { expect } from "vitest";
import { dms } from "../../fixtures/dms/system.ts";
import { namedStream } from "../../src/core/random.ts";
import type { FixtureParameters } from "../../src/core/system.ts";
import { composedVariant, knownVariant } from "../../src/core/variant.ts";
import { type Connection, ServerError } from "../../src/server/connection.ts";
import { bundledFixture } from "../../src/server/fixture/fixture.ts";
import { loadFixture } from "../../src/server/fixture/load-fixture.ts";
import { withParameters } from "../../src/server/sql-parameters.ts";
import { freshDatabase } from "./postgres.ts";

const sizes = { documents: 60, references: 600, averageReferences: 10 };

const names = Object.keys(dms.variants);

export const pairs: readonly string[] = names.flatMap((one, index) =>
  names.slice(index + 1).map((other) => `${one},${other}`),
);

/** Those that can be put together. */
export const composable = pairs.filter((pair) => composedVariant(dms, pair).ok);

/** A few variants of several each, always the same: every one is in one of them. */
export function combinations(): readonly string[] {
  const goesWith = (combined: string, name: string) =>
    composedVariant(dms, `${combined},${name}`).ok;
  return namedStream(12_345, "variants together")
    .shuffled(names)
    .reduce<readonly string[]>((made, name) => {
      const smallest = made
        .filter((combined) => goesWith(combined, name))
        .sort((one, other) => one.split(",").length - other.split(",").length)[0];
      // As many as there are ways to divide the tables, which all exclude each other.
      if (smallest === undefined || made.length < 6) return [...made, name];
      return made.map((combined) => (combined === smallest ? `${combined},${name}` : combined));
    }, []);
}

/** The variant's parameters, with few partitions where it has many: making tables takes most of the time. */
export function fewPartitions(variant: string): FixtureParameters {
  const own = knownVariant(dms, variant).parameters;
  return { ...own, partitions: Math.min(own.partitions ?? 4, 4), keys: 4 };
}

/** Loads it, writes to it in every way there is, and asks the invariants. */
export async function expectToWork(variant: string): Promise<void> {
  const parameters = { ...sizes, ...fewPartitions(variant) };
  const database = await freshDatabase();
  try {
    const { connection } = database;
    await loadFixture(connection, bundledFixture(dms, variant, parameters), () => {});
    const wanted = dms.tables.at(-1)!.count(parameters);
    const [loaded] = await connection.query("select count(*)::int4 as n from dms.FullReference");
    expect(loaded).toEqual({ n: wanted });
    await writeReferences(connection, variant);
    for (const { name, violations } of dms.invariants) {
      expect(await connection.query(withParameters(violations, parameters), [[]]), name).toEqual(
        [],
      );
    }
  } finally {
    await database.drop();
  }
}

async function writeReferences(connection: Connection, variant: string): Promise<void> {
  for (const others of [[5, 6], [5, 6], [6, 7, 8], [7]]) {
    expect(await write(connection, others)).toEqual([]);
    expect(await referenced(connection)).toEqual(others);
  }
  // Document 0 has no alias.
  expect(await write(connection, [7, 0, 8]).catch(sqlstateOf)).toEqual(
    failsAtCommit(variant) ? "23503" : ["00000000-0000-0000-0000-000000000000"],
  );
  expect(await referenced(connection)).toEqual([7]);
}

/** Write paths that know of missing aliases by the foreign key alone. */
const leavesItToTheKey = ["base/write-path.sql", "variants/no-referenced-columns/write-path.sql"];

/** Whether only the foreign key could tell, and it is asked too late to be answered. */
function failsAtCommit(variant: string): boolean {
  const { afterData } = knownVariant(dms, variant);
  return (
    afterData.some((file) => leavesItToTheKey.includes(file)) &&
    afterData.includes("variants/deferred-alias-fk/alias-key.sql")
  );
}

/** Makes document 2 refer to others; returns what could not be resolved. */
async function write(connection: Connection, others: readonly number[]) {
  const rows = await connection.query(
    `select unresolved.ReferentialId::text as id
    from (
      select
        array_agg(parent.Id order by place) as parents,
        array_agg(parent.DocumentPartitionKey order by place) as parent_keys,
        array_agg(coalesce(alias.ReferentialId, $2) order by place) as ids,
        array_agg(coalesce(alias.ReferentialPartitionKey, 0::smallint) order by place) as keys
      from unnest($1::bigint[]) with ordinality as other (document, place)
      join dms.Document as parent on parent.Id = 2
      left join dms.Alias as alias on alias.DocumentId = other.document
    ) as given,
    lateral dms.InsertReferences(parents, parent_keys, ids, keys) as unresolved`,
    [others, "00000000-0000-0000-0000-000000000000"],
  );
  return rows.map(({ id }) => String(id));
}

async function referenced(connection: Connection): Promise<readonly number[]> {
  const rows = await connection.query(
    `select ReferencedDocumentId::int4 as document from dms.FullReference
    where ParentDocumentId = 2 order by 1`,
  );
  return rows.map(({ document }) => Number(document));
}

function sqlstateOf(error: unknown): string {
  if (error instanceof ServerError) return error.code;
  throw error;
}
