/**
 * Finding 4: a page of documents is read, all of them are counted, and the page is serialized. In the service the connection and its
 * transaction are kept until the last document is.
 */
import { connected } from "../../../src/core/service.ts";
import { statement } from "../../../src/core/step.ts";
import {
  atomically,
  query,
  type Transaction,
  type TransactionSettings,
} from "../../../src/core/transaction.ts";
import type { Parent } from "../world.ts";
import { afar, type Service, work } from "./places.ts";

/** The service's own limit of a page, and what serializing it takes. */
const pageRows = 500;
const serializeMs = 30;

/** The guard's; whoever wants more asks for the next page. */
const guardedRows = 250;
const chunks = 3;
const chunkMs = 5;

export interface QueryForms {
  readonly streaming: "before" | "chunks";
  /** What is first in the transaction. */
  readonly authorize: () => Transaction;
}

type Settings = TransactionSettings & { readonly service: Service };

/** The page that begins with this document. */
export function* readPage(settings: Settings, first: Parent, forms: QueryForms): Transaction {
  const { service } = settings;
  const isStreaming = forms.streaming === "before";
  const reads = isStreaming
    ? () => readAndSerialize(service, first, forms.authorize)
    : () => read(first, guardedRows, forms.authorize);
  yield* connected(() => afar(service, atomically(settings, reads)));
  if (isStreaming) return;
  // Each chunk asks for a core of its own, and others have their turn in between.
  for (let chunk = 0; chunk < chunks; chunk++) yield* work(service, chunkMs);
}

function* readAndSerialize(
  service: Service,
  first: Parent,
  authorize: QueryForms["authorize"],
): Transaction {
  yield* read(first, pageRows, authorize);
  yield* work(service, serializeMs);
}

const readDocumentsFrom = statement(
  "read-page",
  `select EdfiDoc::text as body
  from dms.Document
  where DocumentPartitionKey = $1::smallint and Id >= $2::bigint
  order by Id
  limit $3::int4`,
);

const countDocuments = statement(
  "count-documents",
  "select count(*)::int4 as total from dms.Document where DocumentPartitionKey = $1::smallint",
);

function* read(first: Parent, rows: number, authorize: QueryForms["authorize"]): Transaction {
  yield* authorize();
  yield* query(readDocumentsFrom, first.key, first.id, rows);
  yield* query(countDocuments, first.key);
}
