/** Keeps other writers away from entries or objects; in one order for everybody, against deadlocks. */
import { type Row, statement, type Statement } from "../../src/core/step.ts";
import { query, type Transaction } from "../../src/core/transaction.ts";
import { type Side, sides } from "./sides.ts";

function versionsOf(side: Side, name: string, ending: string): Statement {
  return statement(
    name,
    `select id::text as id, xmin::text as token from ${sides[side].owner}
    where id = any($1::uuid[])
    order by id ${ending}`,
  );
}

const locks: Readonly<Record<Side, Statement>> = {
  entry: versionsOf("entry", "lock-entries", "for no key update"),
  object: versionsOf("object", "lock-objects", "for no key update"),
};

const readings: Readonly<Record<Side, Statement>> = {
  entry: versionsOf("entry", "read-entry-tokens", ""),
  object: versionsOf("object", "read-object-tokens", ""),
};

/** Tokens by id, of those that are there. */
export type Tokens = ReadonlyMap<string, string>;

/** Until the end of the transaction. */
export function* lockRows(side: Side, ids: readonly string[]): Transaction<Tokens> {
  return byId(yield* query(locks[side], ids));
}

export function* readTokens(side: Side, ids: readonly string[]): Transaction<Tokens> {
  return byId(yield* query(readings[side], ids));
}

function byId(rows: readonly Row[]): Tokens {
  return new Map(rows.map(({ id, token }) => [String(id), String(token)]));
}
