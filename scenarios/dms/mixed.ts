/**
 * Readers and writers together, 80 % of operations on 20 % of the documents. The original only
 * describes such a mix (its TUNING_EXPLORATIONS) and has not one read in its workload; the
 * operations here are those of the real service (see document-operations.ts).
 *
 * Deleted documents stay deleted. What finds its document gone does nothing and commits, as the
 * service would answer "not found". A replacement that finds an alias gone has changed nothing and
 * commits likewise, once it has made sure that an alias really is gone. A delete can deadlock with
 * a replacement that drops one reference to the victim and adds another; it is retried.
 */
import { refuse } from "../../src/core/failure.ts";
import type { Random } from "../../src/core/random.ts";
import { defaultRetry } from "../../src/core/retry.ts";
import { defineScenario, type Planned } from "../../src/core/scenario.ts";
import { statement } from "../../src/core/step.ts";
import { atomically, queryOne, type Transaction } from "../../src/core/transaction.ts";
import {
  drawReplacement,
  lockDocument,
  type Replacement,
  requireAliases,
  unresolvedOf,
} from "./references.ts";
import {
  deleteDocument,
  deletionOf,
  readDocument,
  reverseLookupById,
  reverseLookupByUuid,
} from "./document-operations.ts";
import {
  type Document,
  readAliases,
  readDocuments,
  shuffledAliases,
  shuffledDocuments,
} from "./world.ts";

/** Those that need nothing but a document. */
const simpleOperations = {
  "read-document": readDocument,
  "reverse-lookup-by-id": reverseLookupById,
  "reverse-lookup-by-uuid": reverseLookupByUuid,
  "delete-document": deleteDocument,
} as const;

const operations = [
  "read-document",
  "reverse-lookup-by-id",
  "reverse-lookup-by-uuid",
  "replace-references",
  "delete-document",
] as const;

type Operation = (typeof operations)[number];
type Weights = Readonly<Record<string, number>>;

export const mixed = defineScenario({
  name: "mixed",
  summary: "reads, reverse lookups, replacements and deletes, 80 % of them on 20 % of documents",
  system: "dms",
  operations,
  defaults: { sessions: 10, thinkMs: [10, 50] },
  options: {
    weights: {
      kind: "weights",
      default: {
        "read-document": 40,
        "reverse-lookup-by-id": 10,
        "reverse-lookup-by-uuid": 5,
        "replace-references": 43,
        "delete-document": 2,
      },
      help: "the share of each operation, in whole numbers",
    },
  },
  // 23503: an alias was deleted between the insert and its foreign key check; a retry sees it gone.
  retry: { ...defaultRetry, codes: [...defaultRetry.codes, "23503"] },
  thresholds: { aborted: ["count == 0"], unknown: ["count == 0"] },

  *prepare({ seed, options }) {
    if (totalOf(options.weights) === 0) {
      refuse("no-weights", `one of ${operations.join(", ")} must have a weight above 0`);
    }
    const documents = shuffledDocuments(seed, yield* readDocuments());
    if (documents.length < fifths) {
      refuse("too-few-documents", `mixed needs ${fifths} documents, there are ${documents.length}`);
    }
    const aliases = shuffledAliases(seed, yield* readAliases());
    requireAliases(aliases);
    return { documents, aliases };
  },

  draw(random, { documents, aliases }, context): Planned {
    const operation = drawOperation(random, context.options.weights);
    const document = drawDocument(random, documents);
    if (operation !== "replace-references") {
      const simple: () => Transaction<unknown> = () => simpleOperations[operation](document);
      const writes = operation === "delete-document" ? [deletionOf(document)] : [];
      const steps = () => atomically(context, simple);
      return { operation, inputs: [document.id], writes, steps };
    }
    const { inputs, replacement, writes } = drawReplacement(random, document, aliases);
    const steps = () => atomically(context, () => replaceIfThere(document, replacement));
    return { operation, inputs, writes, steps };
  },
});

function totalOf(weights: Weights): number {
  return operations.reduce((total, operation) => total + (weights[operation] ?? 0), 0);
}

function drawOperation(random: Random, weights: Weights): Operation {
  let ticket = random.below(totalOf(weights));
  for (const operation of operations) {
    ticket -= weights[operation] ?? 0;
    if (ticket < 0) return operation;
  }
  throw new RangeError("no operation has a weight above 0");
}

const fifths = 5;

/** Four times in five one of the first fifth. */
function drawDocument(random: Random, documents: readonly Document[]): Document {
  const hot = Math.floor(documents.length / fifths);
  const isHot = random.below(fifths) > 0;
  const index = isHot ? random.below(hot) : random.between(hot, documents.length - 1);
  return documents[index] as Document;
}

const missingAliases = statement(
  "count-missing-aliases",
  `select count(*)::int4 as missing
  from unnest($1::uuid[], $2::smallint[]) as given (ReferentialId, PartitionKey)
  where not exists (
    select from dms.Alias as alias
    where alias.ReferentialPartitionKey = given.PartitionKey
      and alias.ReferentialId = given.ReferentialId
  )`,
);

/** Returns whether it replaced anything. */
function* replaceIfThere(document: Document, replacement: Replacement): Transaction<boolean> {
  if (!(yield* lockDocument(document))) return false;
  const unresolved = yield* unresolvedOf(replacement);
  if (unresolved === 0) return true;
  const { referentialIds, referentialKeys } = replacement;
  const { missing } = yield* queryOne(missingAliases, referentialIds, referentialKeys);
  if (missing === 0) {
    refuse("unresolved-references", `${unresolved} references had no alias, but all aliases exist`);
  }
  return false;
}
