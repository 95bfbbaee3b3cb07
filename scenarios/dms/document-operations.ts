/**
 * What the real service does with a document beside replacing its references: read it, find what
 * refers to it, delete it. Statements after PG/Operation/SqlAction.cs at ac50ec36e.
 *
 * The service locks whatever a reverse lookup finds, ordered by resource name only, so two lookups
 * can deadlock. Here all lock in one order, by resource name, key and id, each document before its
 * references, and the document looked for stays unlocked: two lookups cannot deadlock.
 */
import type { Write } from "../../src/core/scenario.ts";
import { statement } from "../../src/core/step.ts";
import { execute, guarded, query, type Transaction } from "../../src/core/transaction.ts";
import type { Document } from "./world.ts";

const readStatement = statement(
  "read-document",
  `select EdfiDoc::text as body
  from dms.Document
  where DocumentPartitionKey = $1::smallint and DocumentUuid = $2::uuid`,
);

/** What is left of a deleted document: nothing under its id. */
export function deletionOf({ id }: Document): Write {
  return { key: id, value: () => null };
}

/** No row is fine: the service would answer "not found". */
export function* readDocument({ key, uuid }: Document): Transaction {
  yield* query(readStatement, key, uuid);
}

const byIdStatement = statement(
  "reverse-lookup-by-id",
  `select parent.EdfiDoc::text as body
  from dms.Document as parent
  join dms.ReverseReference as reference
    on reference.ParentDocumentPartitionKey = parent.DocumentPartitionKey
    and reference.ParentDocumentId = parent.Id
  where reference.ReferencedDocumentPartitionKey = $1::smallint
    and reference.ReferencedDocumentId = $2::bigint
  order by parent.ResourceName, parent.DocumentPartitionKey, parent.Id, reference.ReferenceId
  for no key update of parent, reference`,
);

/** The documents to rewrite when this one changes its identity. */
export function* reverseLookupById({ key, id }: Document): Transaction {
  yield* query(byIdStatement, key, id);
}

const byUuidStatement = statement(
  "reverse-lookup-by-uuid",
  `select parent.ResourceName::text as resource
  from dms.Document as parent
  join dms.ReverseReference as reference
    on reference.ParentDocumentPartitionKey = parent.DocumentPartitionKey
    and reference.ParentDocumentId = parent.Id
  join dms.Document as referenced
    on referenced.DocumentPartitionKey = reference.ReferencedDocumentPartitionKey
    and referenced.Id = reference.ReferencedDocumentId
  where referenced.DocumentPartitionKey = $1::smallint and referenced.DocumentUuid = $2::uuid
  order by parent.ResourceName, parent.DocumentPartitionKey, parent.Id, reference.ReferenceId
  for no key update of parent, reference`,
);

/** Which resources forbid deleting this document. */
export function* reverseLookupByUuid({ key, uuid }: Document): Transaction {
  yield* query(byUuidStatement, key, uuid);
}

const lockStatement = statement(
  "lock-document-by-uuid",
  `select true as locked
  from dms.Document
  where DocumentPartitionKey = $1::smallint and DocumentUuid = $2::uuid
  for no key update`,
);

const deleteStatement = statement(
  "delete-document",
  `delete from dms.Document
  where DocumentPartitionKey = $1::smallint and DocumentUuid = $2::uuid`,
);

/**
 * From version 18 on a foreign key with RESTRICT has a code of its own (23001), and where references
 * have none to the document, that of the alias is the one that objects.
 */
const referredTo = ["23503", "23001"];

/**
 * Deletes the document with its alias and its own references. If others refer to it, only that is undone, and the transaction goes on to find out who. Returns whether it deleted anything.
 */
export function deleteDocument(document: Document): Transaction<boolean> {
  const { key, uuid } = document;
  return guarded(
    referredTo,
    function* () {
      const rows = yield* query(lockStatement, key, uuid);
      if (rows.length > 0) yield* execute(deleteStatement, key, uuid);
      return rows.length > 0;
    },
    function* () {
      yield* reverseLookupByUuid(document);
      return false;
    },
  );
}
