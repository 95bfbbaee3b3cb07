/** The ledger's table, and the statements by which a transaction leaves its entry there. */
import { arrivalOwner, type Part } from "./fates.ts";
import { type Parameter, type Row, type Statement, statement } from "./step.ts";
import { insideWith } from "./with-clause.ts";

export const ledgerTable = "loadgen_ledger.entry";

/**
 * Without a key or an index: a row that is there twice must be found, not refused; and nobody reads
 * it during the run, so that it adds nothing to what transactions at SERIALIZABLE can fail of.
 */
export const createLedger: readonly string[] = Object.freeze([
  "create schema loadgen_ledger",
  `create table ${ledgerTable} (
    phase text not null,
    owner int not null,
    number int not null,
    part int not null,
    digest bigint not null
  )`,
]);

/** Of an entry. */
export function parametersOf({ phase, owner, number, part, digest }: Part): readonly Parameter[] {
  return [phase, owner === "arrival" ? arrivalOwner : owner, number, part, digest];
}

/** The insert of an entry; `first` is the place of its first parameter. */
function insertText(first: number, isWritten: string): string {
  return `insert into ${ledgerTable} (phase, owner, number, part, digest)
  select $${first}::text, $${first + 1}::int4, $${first + 2}::int4, $${first + 3}::int4, $${first + 4}::int8
  where ${isWritten}
  returning true as entered`;
}

const hasId = "pg_catalog.pg_current_xact_id_if_assigned() is not null";

/** Inside a transaction, before its COMMIT; returns a row if it has written something. */
export const enterStatement = statement("ledger-entry", insertText(1, hasId));

const made = new WeakMap<Statement, Statement | null>();

/**
 * A statement outside BEGIN and its entry as one, since it commits by itself; null: a WITH clause
 * does not take it. It is asked for first, for the insert counts its rows before it looks for the id;
 * only CASE promises that order (PostgreSQL manual, section 4.2.14).
 * @param count of its parameters.
 */
export function together(sql: Statement, count: number): Statement | null {
  const found = made.get(sql);
  if (found !== undefined) return found;
  const call = insideWith(sql.sql);
  const joined = call === null ? null : joinedWith(call, sql.name, count);
  made.set(sql, joined);
  return joined;
}

function joinedWith(call: string, name: string, count: number): Statement {
  const isWritten = `case when (select count(*) from loadgen_call) >= 0 then ${hasId} end`;
  return statement(
    `${name}+ledger`,
    `with loadgen_call as materialized (
${call}
), loadgen_entry as (
  ${insertText(count + 1, isWritten)}
)
select loadgen_call.*, told.*
from (
  select (select count(*) from loadgen_call)::int4 as loadgen_rows,
    (select count(*) from loadgen_entry)::int4 as loadgen_entries
) as told
left join loadgen_call on true`,
  );
}

const toldColumns: readonly string[] = ["loadgen_rows", "loadgen_entries"];

/** Whether what `together` made has left an entry, by its rows. */
export function isEntered(rows: readonly Row[]): boolean {
  return rows[0]?.loadgen_entries === 1;
}

/** Of its rows those of the statement itself: one stands there even if it returned none. */
export function enteredRows(rows: readonly Row[]): readonly Row[] {
  if (rows[0]?.loadgen_rows === 0) return [];
  return rows.map((row) =>
    Object.fromEntries(Object.entries(row).filter(([name]) => !toldColumns.includes(name))),
  );
}
