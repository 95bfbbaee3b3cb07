/**
 * One row by its key, as one prepared statement outside BEGIN: as little as a transaction can be.
 * What it measures is the way to the server and back, and what the load generator itself costs.
 */
import { refuse } from "../../src/core/failure.ts";
import { defaultRetry } from "../../src/core/retry.ts";
import { defineScenario } from "../../src/core/scenario.ts";
import { statement } from "../../src/core/step.ts";
import { alone, type Transaction, type TransactionSettings } from "../../src/core/transaction.ts";
import { type Document, readDocuments, shuffledDocuments } from "./world.ts";

const readStatement = statement(
  "read-resource",
  `select ResourceName as resource
  from dms.Document
  where DocumentPartitionKey = $1::smallint and Id = $2::bigint`,
);

export const pointRead = defineScenario({
  name: "point-read",
  summary: "one row by its key, as one prepared statement",
  system: "dms",
  operations: ["read-resource"],
  defaults: { sessions: 1, thinkMs: [0, 0] },
  options: {},
  retry: defaultRetry,
  thresholds: { aborted: ["count == 0"], unknown: ["count == 0"] },

  *prepare({ seed }) {
    return shuffledDocuments(seed, yield* readDocuments());
  },

  draw(random, documents, context) {
    const document: Document = random.pick(documents);
    return {
      operation: "read-resource",
      inputs: [document.id],
      steps: () => readResource(context, document),
    };
  },
});

function* readResource(settings: TransactionSettings, { key, id }: Document): Transaction {
  const rows = yield* alone(settings, readStatement, key, id);
  if (rows.length !== 1) refuse("missing-document", `${id} is gone`);
}
