/**
 * One document, its references replaced by the same ones again and again: the price of a single
 * update. The original's test_current_insert_references.sql.
 *
 * The original calls 100 times inside one DO block, which is one transaction, so vacuum could never
 * reclaim in between; its payload also shrinks the document on the first call; and as committed it
 * aborts while reading the payload. Here each call commits, and the payload belongs to the fixture.
 * The first replacement still cuts the document down to the payload, which the warm-up takes in.
 * Its pause of 10 ms between calls is kept: latency does not depend on it, and autovacuum, which
 * decides how far dead rows pile up, finds the same rhythm.
 */
import { refuse } from "../../src/core/failure.ts";
import { defineScenario } from "../../src/core/scenario.ts";
import { statement } from "../../src/core/step.ts";
import { query, type Transaction } from "../../src/core/transaction.ts";
import {
  lockedReplacement,
  patientRetry,
  replacementOf,
  unlockedReplacement,
  writeOf,
} from "./references.ts";
import type { Aliases, Parent } from "./world.ts";

const payloadStatement = statement(
  "read-payload",
  `select
    given.DocumentId::text as id,
    given.DocumentKey::int4 as key,
    given.ReferentialId::text as alias,
    given.ReferentialKey::int4 as alias_key
  from dms.payload
  cross join unnest(
    payload.document_ids, payload.document_partition_keys,
    payload.referential_ids, payload.referential_partition_keys
  ) with ordinality as given (DocumentId, DocumentKey, ReferentialId, ReferentialKey, place)
  where payload.name = $1
  order by given.place`,
);

const namesStatement = statement(
  "read-payload-names",
  "select name from dms.payload order by name",
);

const builtIn: Readonly<Record<string, string>> = {
  standard: "single_doc_standard",
  heavy: "single_doc_heavy",
};

export const singleDocument = defineScenario({
  name: "single-document",
  summary: "one document, its references replaced by the same ones again and again",
  system: "dms",
  operations: ["replace-references"],
  defaults: { sessions: 1, thinkMs: [10, 10] },
  options: {
    payload: {
      kind: "text",
      default: "standard",
      help: "standard (50 references of document 2), heavy (200 of document 1) or one of --payloads",
    },
    unlocked: { kind: "flag", help: "send the bare call, without locking the document first" },
  },
  retry: patientRetry,
  thresholds: { aborted: ["count == 0"], unknown: ["count == 0"] },

  *prepare({ options }) {
    const { document, aliases } = yield* readPayload(builtIn[options.payload] ?? options.payload);
    const replacement = replacementOf(document, aliases);
    return { document, aliases, replacement };
  },

  draw(_random, { document, aliases, replacement }, context) {
    return {
      operation: "replace-references",
      inputs: [document.id, ...aliases.ids],
      writes: [writeOf(replacement)],
      steps: () =>
        context.options.unlocked
          ? unlockedReplacement(context, replacement)
          : lockedReplacement(context, document, replacement),
    };
  },
});

function* readPayload(
  name: string,
): Transaction<{ readonly document: Parent; readonly aliases: Aliases }> {
  const rows = yield* query(payloadStatement, name);
  const [first] = rows;
  if (first === undefined) {
    const names = (yield* query(namesStatement)).map((row) => String(row.name));
    refuse("no-payload", `dms.payload has no references for ${name}, only ${names.join(", ")}`);
  }
  if (rows.some((row) => row.id !== first.id)) {
    refuse("many-documents", `${name} is of several documents: expected a payload of one`);
  }
  return {
    document: { id: String(first.id), key: Number(first.key) },
    aliases: {
      ids: rows.map((row) => String(row.alias)),
      keys: rows.map((row) => Number(row.alias_key)),
    },
  };
}
