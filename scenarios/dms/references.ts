/**
 * The one write that all dms scenarios are about: lock the parents, then replace their references,
 * as the real service does. Or the bare call of the original harness, for those who ask for it.
 */
import { refuse } from "../../src/core/failure.ts";
import type { Random } from "../../src/core/random.ts";
import { defaultRetry, type RetryPolicy } from "../../src/core/retry.ts";
import type { Write } from "../../src/core/scenario.ts";
import { type Parameter, type Row, statement } from "../../src/core/step.ts";
import {
  alone,
  atomically,
  query,
  queryOne,
  type Transaction,
  type TransactionSettings,
} from "../../src/core/transaction.ts";
import type { Aliases, Parent } from "./world.ts";

/** The arguments of one call, as parallel arrays: one element a reference. */
export interface Replacement {
  readonly documentIds: readonly string[];
  readonly documentKeys: readonly number[];
  readonly referentialIds: readonly string[];
  readonly referentialKeys: readonly number[];
}

/** The references that one document is to have. */
export function replacementOf(document: Parent, aliases: Aliases): Replacement {
  return {
    documentIds: aliases.ids.map(() => document.id),
    documentKeys: aliases.ids.map(() => document.key),
    referentialIds: aliases.ids,
    referentialKeys: aliases.keys,
  };
}

const referencesMin = 10;
const referencesMax = 100;

/** Refuses a world from which the largest replacement could not be drawn. */
export function requireAliases(aliases: Aliases): void {
  if (aliases.ids.length < referencesMax) {
    refuse(
      "too-few-aliases",
      `replacements have up to ${referencesMax} different references, but dms.Alias has only ` +
        `${aliases.ids.length} rows: load a larger fixture`,
    );
  }
}

/** What is left of a replacement: the document has these references and no others. */
export function writeOf({ documentIds, referentialIds }: Replacement): Write {
  return { key: documentIds[0] ?? "", value: () => referentialIds };
}

interface Drawn {
  /** What was drawn, for the digest. */
  readonly inputs: readonly (string | number)[];
  readonly replacement: Replacement;
  readonly writes: readonly Write[];
}

/** 10 to 100 different references for one document. */
export function drawReplacement(random: Random, document: Parent, aliases: Aliases): Drawn {
  const count = random.between(referencesMin, referencesMax);
  const indexes = random.distinctBelow(aliases.ids.length, count);
  const chosen = {
    ids: indexes.map((index) => aliases.ids[index] ?? ""),
    keys: indexes.map((index) => aliases.keys[index] ?? 0),
  };
  return {
    inputs: [document.id, ...indexes],
    replacement: replacementOf(document, chosen),
    writes: [drawnWrite(document, aliases, indexes)],
  };
}

/** It may be kept until the audit, for every document, and so keeps no more than what was drawn. */
function drawnWrite({ id }: Parent, { ids }: Aliases, indexes: readonly number[]): Write {
  return { key: id, value: () => indexes.map((index) => ids[index] ?? "") };
}

/**
 * For those who write without a lock: at REPEATABLE READ and above one who comes back to a hot
 * document meets another who never paused, and gets in between nine times in ten too late.
 */
export const patientRetry: RetryPolicy = Object.freeze({ ...defaultRetry, attemptsMax: 100 });

const lockDocumentStatement = statement(
  "lock-document",
  `select true as locked
  from dms.Document
  where DocumentPartitionKey = $1::smallint and Id = $2::bigint
  for no key update`,
);

/** Locks a parent against other writers of its references; false if it is not there. */
export function* lockDocument(document: Parent): Transaction<boolean> {
  const rows = yield* query(lockDocumentStatement, document.key, document.id);
  return rows.length > 0;
}

const lockDocumentsStatement = statement(
  "lock-documents",
  `select true as locked
  from dms.Document
  where (DocumentPartitionKey, Id) in (
    select given.PartitionKey, given.Id
    from unnest($1::smallint[], $2::bigint[]) as given (PartitionKey, Id)
  )
  order by DocumentPartitionKey, Id
  for no key update`,
);

/** Locks many parents in one order for everybody, so that two batches cannot deadlock. */
export function* lockDocuments(documents: readonly Parent[]): Transaction {
  const keys = documents.map((document) => document.key);
  const ids = documents.map((document) => document.id);
  const rows = yield* query(lockDocumentsStatement, keys, ids);
  if (rows.length !== documents.length) {
    refuse("missing-document", `${rows.length} of ${documents.length} documents are there to lock`);
  }
}

const insertReferences = statement(
  "insert-references",
  `select count(*)::int4 as unresolved
  from dms.InsertReferences($1::bigint[], $2::smallint[], $3::uuid[], $4::smallint[])`,
);

/** The call; refused if an alias is missing, in which case the function has changed nothing. */
export function* replaceReferences(replacement: Replacement): Transaction {
  requireResolved(yield* unresolvedOf(replacement));
}

/** The call; returns how many aliases are missing. If any, the function has changed nothing. */
export function* unresolvedOf(replacement: Replacement): Transaction<number> {
  return unresolvedIn(yield* queryOne(insertReferences, ...argumentsOf(replacement)));
}

/** One document's replacement as the real service does it: begin, lock, call, commit. */
export function lockedReplacement(
  settings: TransactionSettings,
  document: Parent,
  replacement: Replacement,
): Transaction {
  return atomically(settings, () => lockAndReplace(document, replacement));
}

function* lockAndReplace(document: Parent, replacement: Replacement): Transaction {
  if (!(yield* lockDocument(document))) refuse("missing-document", `${document.id} is gone`);
  yield* replaceReferences(replacement);
}

/**
 * The bare autocommit call of the original harness. Unsafe: two of them on one document both keep
 * their rows, since the second DELETE does not see what the first transaction has inserted.
 */
export function* unlockedReplacement(
  settings: TransactionSettings,
  replacement: Replacement,
): Transaction {
  const rows = yield* alone(settings, insertReferences, ...argumentsOf(replacement));
  // Committed already; but with an alias missing, what was committed is no change.
  requireResolved(unresolvedIn(rows[0]));
}

function argumentsOf(replacement: Replacement): readonly Parameter[] {
  const { documentIds, documentKeys, referentialIds, referentialKeys } = replacement;
  return [documentIds, documentKeys, referentialIds, referentialKeys];
}

function unresolvedIn(answer: Row | undefined): number {
  return Number(answer?.unresolved);
}

function requireResolved(unresolved: number): void {
  if (unresolved !== 0) refuse("unresolved-references", `${unresolved} references have no alias`);
}
