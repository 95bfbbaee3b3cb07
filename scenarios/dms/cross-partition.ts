/**
 * References that all leave their parent's partition: for every key ten documents with 50 aliases
 * of other keys, one call a key, all in one transaction. Test 2 of the original's
 * test_problematic_patterns.sql, which its suite never runs.
 *
 * The original aborts when it stores its result (a time left empty), and takes the ten documents of
 * a key in no stated order. Here they are the first by id, and all are locked first, by key and id.
 */
import { refuse } from "../../src/core/failure.ts";
import { defaultRetry } from "../../src/core/retry.ts";
import { defineScenario } from "../../src/core/scenario.ts";
import { type Row, statement } from "../../src/core/step.ts";
import { atomically, query, type Transaction } from "../../src/core/transaction.ts";
import { lockDocuments, type Replacement, replacementOf, replaceReferences } from "./references.ts";
import type { Aliases, Parent } from "./world.ts";

const documentsPerKey = 10;
const referencesEach = 50;

const documentsStatement = statement(
  "read-documents-of-each-key",
  `select numbered.Id::text as id, numbered.DocumentPartitionKey::int4 as key
  from (
    select Id, DocumentPartitionKey,
      row_number() over (partition by DocumentPartitionKey order by Id) as place
    from dms.Document
  ) as numbered
  where numbered.place <= ${documentsPerKey}
  order by numbered.DocumentPartitionKey, numbered.Id`,
);

/** Every key has a window of its own. */
const aliasesStatement = statement(
  "read-aliases-of-other-keys",
  `select ReferentialId::text as id, ReferentialPartitionKey::int4 as key
  from dms.Alias
  where ReferentialPartitionKey <> $1::smallint
  order by ReferentialPartitionKey, ReferentialId
  offset $2::int4
  limit ${referencesEach}`,
);

export const crossPartition = defineScenario({
  name: "cross-partition",
  summary: "documents of every partition refer to 50 aliases of other partitions, all at once",
  system: "dms",
  operations: ["replace-across-partitions"],
  defaults: { sessions: 1, thinkMs: [0, 0] },
  options: {},
  retry: defaultRetry,
  thresholds: { aborted: ["count == 0"], unknown: ["count == 0"] },

  *prepare() {
    const documents = (yield* query(documentsStatement)).map(parentOf);
    const replacements: Replacement[] = [];
    const targets: Target[] = [];
    for (const key of new Set(documents.map((document) => document.key))) {
      const parents = documents.filter((document) => document.key === key);
      const aliases = yield* aliasesOfOtherKeys(key);
      requireEnough(key, { documents: parents.length, aliases: aliases.ids.length });
      const parts = parents.map((parent) => replacementOf(parent, aliases));
      replacements.push(together(parts));
      targets.push(...parents.map(({ id }) => ({ id, referentialIds: aliases.ids })));
    }
    if (documents.length === 0)
      refuse("no-documents", "dms.Document is empty: load a fixture first");
    return { documents, replacements, targets };
  },

  draw(_random, { documents, replacements, targets }, context) {
    return {
      operation: "replace-across-partitions",
      inputs: documents.map((document) => document.id),
      writes: targets.map(({ id, referentialIds }) => ({ key: id, value: () => referentialIds })),
      steps: () =>
        atomically(context, function* () {
          yield* lockDocuments(documents);
          for (const replacement of replacements) yield* replaceReferences(replacement);
        }),
    };
  },
});

/** A document, and the references that it is to have. */
interface Target {
  readonly id: string;
  readonly referentialIds: readonly string[];
}

function parentOf(row: Row): Parent {
  return { id: String(row.id), key: Number(row.key) };
}

function* aliasesOfOtherKeys(key: number): Transaction<Aliases> {
  const rows = yield* query(aliasesStatement, key, key * referencesEach);
  return {
    ids: rows.map((row) => String(row.id)),
    keys: rows.map((row) => Number(row.key)),
  };
}

function requireEnough(
  key: number,
  found: { readonly documents: number; readonly aliases: number },
): void {
  if (found.documents < documentsPerKey || found.aliases < referencesEach) {
    refuse(
      "too-small",
      `cross-partition needs ${documentsPerKey} documents of key ${key} and ${referencesEach} ` +
        `aliases of other keys, there are ${found.documents} and ${found.aliases}`,
    );
  }
}

/** Several documents' replacements as one call. */
function together(parts: readonly Replacement[]): Replacement {
  return {
    documentIds: parts.flatMap((part) => part.documentIds),
    documentKeys: parts.flatMap((part) => part.documentKeys),
    referentialIds: parts.flatMap((part) => part.referentialIds),
    referentialKeys: parts.flatMap((part) => part.referentialKeys),
  };
}
