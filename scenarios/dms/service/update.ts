/**
 * Finding 3: a document is updated and its references are replaced, and where its identity changed,
 * the documents that refer to it are rewritten. In the service that work is done inside the open
 * transaction. What is rewritten is not written back here: that would be some statements more in
 * either form.
 */
import { connected } from "../../../src/core/service.ts";
import { refuse } from "../../../src/core/failure.ts";
import { statement } from "../../../src/core/step.ts";
import {
  atomically,
  execute,
  query,
  type Transaction,
  type TransactionSettings,
} from "../../../src/core/transaction.ts";
import { readDocument } from "../document-operations.ts";
import { lockDocument, type Replacement, replaceReferences } from "../references.ts";
import type { Document } from "../world.ts";
import { afar, type Service, work } from "./places.ts";

const cascadeMs = 70;

export interface Update {
  readonly document: Document;
  readonly replacement: Replacement;
  readonly isCascading: boolean;
}

export interface UpdateForms {
  readonly cascade: "before" | "outside";
  /** What is first in the transaction. */
  readonly authorize: () => Transaction;
}

/** On a connection of its own, in seven round trips: begin, five statements, commit. */
export function* update(
  settings: TransactionSettings & { readonly service: Service },
  asked: Update,
  forms: UpdateForms,
): Transaction {
  const { service } = settings;
  const isInside = forms.cascade === "before";
  if (asked.isCascading && !isInside) yield* work(service, cascadeMs);
  const rewrite = asked.isCascading && isInside ? () => work(service, cascadeMs) : nothing;
  const writes = () => write(asked, forms.authorize, rewrite);
  yield* connected(() => afar(service, atomically(settings, writes)));
}

const findAlias = statement(
  "find-alias",
  `select ReferentialId::text as id
  from dms.Alias
  where DocumentPartitionKey = $1::smallint and DocumentId = $2::bigint`,
);

const updateDocument = statement(
  "update-document",
  `update dms.Document
  set EdfiDoc = EdfiDoc, LastModifiedAt = now()
  where DocumentPartitionKey = $1::smallint and Id = $2::bigint`,
);

function* write(
  { document, replacement }: Update,
  authorize: UpdateForms["authorize"],
  rewrite: () => Transaction,
): Transaction {
  yield* authorize();
  if (!(yield* lockDocument(document))) refuse("missing-document", `${document.id} is gone`);
  yield* query(findAlias, document.key, document.id);
  yield* readDocument(document);
  yield* execute(updateDocument, document.key, document.id);
  yield* rewrite();
  yield* replaceReferences(replacement);
}

function* nothing(): Transaction {}
