/**
 * What dms transactions are drawn from: the documents and aliases that the database holds, read in
 * a fixed order, so that the same fixture and seed always give the same draws.
 */
import { refuse } from "../../src/core/failure.ts";
import { namedStream } from "../../src/core/random.ts";
import { statement } from "../../src/core/step.ts";
import { query, type Transaction } from "../../src/core/transaction.ts";

/** A document as its references know it. */
export interface Parent {
  readonly id: string;
  /** Its partition key. */
  readonly key: number;
}

export interface Document extends Parent {
  readonly uuid: string;
}

/** Parallel arrays, because a million objects would take three times the memory. */
export interface Aliases {
  /** Referential ids. */
  readonly ids: readonly string[];
  /** Their partition keys. */
  readonly keys: readonly number[];
}

/** As many as the original's load test reads. */
const documentsMax = 100_000;
const aliasesMax = 1_000_000;

// Qualified, for a bare Id in "order by" would mean the text selected under that name.
const documentsStatement = statement(
  "read-documents",
  `select
    document.Id::text as id,
    document.DocumentPartitionKey::int4 as key,
    document.DocumentUuid::text as uuid
  from dms.Document as document
  order by document.DocumentPartitionKey, document.Id
  limit $1::int4`,
);

/** By partition key and id. Refused if there are none. */
export function* readDocuments(limit = documentsMax): Transaction<readonly Document[]> {
  const rows = yield* query(documentsStatement, limit);
  if (rows.length === 0) refuse("no-documents", "dms.Document is empty: load a fixture first");
  return rows.map((row) => ({
    id: String(row.id),
    key: Number(row.key),
    uuid: String(row.uuid),
  }));
}

/** Bounds the rows in memory as objects at a time. */
const pageRows = 50_000;

const aliasesStatement = statement(
  "read-aliases",
  `select ReferentialId::text as id, ReferentialPartitionKey::int4 as key
  from dms.Alias
  where (ReferentialPartitionKey, ReferentialId) > ($1::smallint, $2::uuid)
  order by ReferentialPartitionKey, ReferentialId
  limit $3::int4`,
);

/** By partition key and referential id, page by page. */
export function* readAliases(): Transaction<Aliases> {
  const ids: string[] = [];
  const keys: number[] = [];
  let [lastKey, lastId] = [-1, "00000000-0000-0000-0000-000000000000"];
  let read: number;
  do {
    const limit = Math.min(pageRows, aliasesMax - ids.length);
    const rows = yield* query(aliasesStatement, lastKey, lastId, limit);
    for (const row of rows) {
      lastKey = Number(row.key);
      lastId = String(row.id);
      keys.push(lastKey);
      ids.push(lastId);
    }
    read = rows.length;
  } while (read === pageRows && ids.length < aliasesMax);
  return { ids, keys };
}

export function shuffledDocuments(
  seed: number,
  documents: readonly Document[],
): readonly Document[] {
  return namedStream(seed, "documents").shuffled(documents);
}

/** Two streams of one name shuffle both arrays alike. */
export function shuffledAliases(seed: number, { ids, keys }: Aliases): Aliases {
  return {
    ids: namedStream(seed, "aliases").shuffled(ids),
    keys: namedStream(seed, "aliases").shuffled(keys),
  };
}
