/**
 * The references of 1 000 documents replaced in one transaction, 20 each, one call a document: the
 * batch of the original's run-all-tests.sh, phase 4.
 *
 * The original's own batch_operations.sql is one call for 100 documents and aborts before it; phase
 * 4 rolls back at the end, so that it never pays for a commit. Here the batch commits. It locks all
 * its documents first, by key and id, so that two batches queue up instead of deadlocking.
 */
import { refuse } from "../../src/core/failure.ts";
import { defaultRetry } from "../../src/core/retry.ts";
import { defineScenario } from "../../src/core/scenario.ts";
import { type Row, statement } from "../../src/core/step.ts";
import { atomically, query } from "../../src/core/transaction.ts";
import {
  lockDocuments,
  type Replacement,
  replacementOf,
  replaceReferences,
  writeOf,
} from "./references.ts";
import { type Document, readDocuments } from "./world.ts";

const documentsPerBatch = 1_000;
const referencesEach = 20;
/** A document of a subclass has a second alias, under its superclass. */
const ownAliasesMax = 2;

/** Enough for every document's window; those of small fixtures start again from the front. */
const aliasesStatement = statement(
  "read-first-aliases",
  `select
    ReferentialId::text as id,
    ReferentialPartitionKey::int4 as key,
    DocumentId::text as document
  from dms.Alias
  order by ReferentialPartitionKey, ReferentialId
  limit ${documentsPerBatch * referencesEach}`,
);

export const batch1000 = defineScenario({
  name: "batch-1000",
  summary: "1 000 documents, 20 references each, replaced in one transaction",
  system: "dms",
  operations: ["replace-batch"],
  defaults: { sessions: 1, thinkMs: [0, 0] },
  options: {},
  retry: defaultRetry,
  thresholds: { aborted: ["count == 0"], unknown: ["count == 0"] },

  *prepare() {
    const documents = yield* readDocuments(documentsPerBatch);
    const aliases = yield* query(aliasesStatement);
    requireEnough("documents", documents.length);
    requireEnough("aliases", aliases.length);
    const replacements = documents.map((document, index) =>
      replacementAt(document, aliases, index * referencesEach),
    );
    return { documents, replacements };
  },

  draw(_random, { documents, replacements }, context) {
    return {
      operation: "replace-batch",
      inputs: documents.map((document) => document.id),
      writes: replacements.map(writeOf),
      steps: () =>
        atomically(context, function* () {
          yield* lockDocuments(documents);
          for (const replacement of replacements) yield* replaceReferences(replacement);
        }),
    };
  },
});

function requireEnough(what: string, count: number): void {
  if (count < documentsPerBatch) {
    refuse(`too-few-${what}`, `batch-1000 needs ${documentsPerBatch} ${what}, there are ${count}`);
  }
}

/** The document's window of aliases, without its own. */
function replacementAt(document: Document, aliases: readonly Row[], start: number): Replacement {
  const fromStart = Array.from(
    { length: referencesEach + ownAliasesMax },
    (_, step) => aliases[(start + step) % aliases.length],
  );
  const window = fromStart.filter((alias) => alias?.document !== document.id);
  const chosen = window.slice(0, referencesEach);
  return replacementOf(document, {
    ids: chosen.map((alias) => String(alias?.id)),
    keys: chosen.map((alias) => Number(alias?.key)),
  });
}
