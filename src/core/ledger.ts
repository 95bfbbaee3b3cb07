/**
 * The ledger: every transaction that writes leaves an entry of itself in the same transaction, so
 * that afterwards each one which the server acknowledged can be looked for. No scenario declares
 * what it writes: the server is asked whether the transaction has an id, which it gets with the
 * first thing that it writes (or locks a row for).
 */
import { Failure } from "./failure.ts";
import { arrivalOwner, type Fate, type Part } from "./fates.ts";
import { sqlTokens } from "./sql-tokens.ts";
import {
  type Isolation,
  type Parameter,
  type Row,
  type Statement,
  statement,
  type Step,
} from "./step.ts";
import { atomically, rollback, type Transaction } from "./transaction.ts";

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

/** What a planned transaction is to the ledger, over all of its attempts. */
export interface Page {
  /** Of a statement outside BEGIN that needs a BEGIN to leave its entry. */
  readonly isolation: Isolation;
  /** Before each attempt. */
  nextAttempt(): void;
  /** The next part: each transaction of the database has a number of its own. */
  nextPart(): Part;
  /** What became of it. Not told of what has written nothing. */
  told(part: Part, fate: Fate): void;
}

/** The same transaction, which leaves an entry with whatever it commits. */
export function* entered<T>(transaction: Transaction<T>, page: Page): Transaction<T> {
  page.nextAttempt();
  return yield* through(new Clerk(page), transaction);
}

/** All of its steps are the clerk's to perform. */
function* through<T>(clerk: Clerk, transaction: Transaction<T>): Transaction<T> {
  let next = transaction.next();
  while (next.done !== true) {
    let rows: readonly Row[];
    try {
      rows = yield* clerk.perform(next.value);
    } catch (failure) {
      next = transaction.throw(failure);
      continue;
    }
    next = transaction.next(rows);
  }
  return next.value;
}

type SentStatement = Extract<Step, { kind: "query" | "execute" }>;

/** Writes the entries of one attempt. */
class Clerk {
  readonly #page: Page;
  /** Not null from BEGIN to the end of the transaction. */
  #open: Part | null = null;

  constructor(page: Page) {
    this.#page = page;
  }

  *perform(step: Step): Transaction<readonly Row[]> {
    switch (step.kind) {
      case "begin":
        yield step;
        this.#open = this.#page.nextPart();
        return [];
      case "commit":
        return yield* this.#commit(step);
      case "rollback":
        this.#end("refused");
        return yield step;
      case "query":
      case "execute":
        return yield* this.#open === null ? this.#alone(step) : this.#inside(step);
      case "pause":
      case "enter":
      case "leave":
      case "take-connection":
      case "return-connection":
      case "look-up":
      case "filled":
        return yield step;
    }
  }

  *#inside(step: Step): Transaction<readonly Row[]> {
    try {
      return yield step;
    } catch (failure) {
      // After any other failure the transaction says itself whether it goes on.
      if (isFatal(failure)) this.#end("refused");
      throw failure;
    }
  }

  *#commit(step: Step): Transaction<readonly Row[]> {
    const part = this.#open;
    // COMMIT without BEGIN: the server says what it thinks of that.
    if (part === null) return yield step;
    if (!(yield* this.#enter(part))) {
      this.#open = null;
      return yield step;
    }
    try {
      yield step;
    } catch (failure) {
      this.#end(fateAfter(failure));
      throw failure;
    }
    this.#end("acknowledged");
    return [];
  }

  /** False if it has written nothing, and so leaves nothing. */
  *#enter(part: Part): Transaction<boolean> {
    try {
      const parameters = parametersOf(part);
      const rows = yield { kind: "query", statement: enterStatement, parameters };
      return rows.length > 0;
    } catch (failure) {
      this.#end("refused");
      // In place of COMMIT, after which the transaction would have nothing to roll back.
      yield* rollback(failure);
      throw failure;
    }
  }

  *#alone(sent: SentStatement): Transaction<readonly Row[]> {
    const { kind, statement: sql, parameters: given } = sent;
    const joined = together(sql, given.length);
    if (joined === null) return yield* this.#begun(sent);
    const part = this.#page.nextPart();
    const parameters = [...given, ...parametersOf(part)];
    const step = { kind: "query", statement: joined, parameters } as const;
    let rows: readonly Row[];
    try {
      rows = yield step;
    } catch (failure) {
      this.#page.told(part, fateAfter(failure));
      throw failure;
    }
    if (rows[0]?.loadgen_entries === 1) this.#page.told(part, "acknowledged");
    return kind === "query" ? ownRows(rows) : [];
  }

  #begun(step: SentStatement): Transaction<readonly Row[]> {
    const settings = { isolation: this.#page.isolation, holdMs: 0 };
    const body = function* (): Transaction<readonly Row[]> {
      return yield step;
    };
    return through(this, atomically(settings, body));
  }

  #end(fate: Fate): void {
    if (this.#open !== null) this.#page.told(this.#open, fate);
    this.#open = null;
  }
}

function isFatal(failure: unknown): boolean {
  return failure instanceof Failure && failure.fatal;
}

function fateAfter(failure: unknown): Fate {
  return isFatal(failure) && (failure as Failure).committing ? "unknown" : "refused";
}

function parametersOf({ phase, owner, number, part, digest }: Part): readonly Parameter[] {
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

const enterStatement = statement("ledger-entry", insertText(1, hasId));

const made = new WeakMap<Statement, Statement | null>();

/**
 * A statement outside BEGIN and its entry as one, since it commits by itself; null: a WITH clause
 * does not take it. It is asked for first, for the insert counts its rows before it looks for the id;
 * only CASE promises that order (PostgreSQL manual, section 4.2.14).
 * @param count of its parameters.
 */
function together(sql: Statement, count: number): Statement | null {
  const found = made.get(sql);
  if (found !== undefined) return found;
  const call = callText(sql.sql);
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

/**
 * Without its semicolon; and what changes rows must return something to be counted by. Null for what
 * cannot stand in a WITH clause, or not on every server: MERGE can from PostgreSQL 17 on, a WITH of
 * its own only if it changes nothing.
 */
function callText(sql: string): string | null {
  const words = sqlTokens(sql).flatMap(({ kind, text }) =>
    kind === "sql" && text.trim() !== "" ? [text.toLowerCase()] : [],
  );
  const text = sql.replace(/;\s*$/, "");
  const [first = ""] = words;
  switch (first) {
    case "select":
      return words.includes("into") ? null : text;
    case "values":
    case "table":
      return text;
    case "insert":
    case "update":
    case "delete":
      return words.includes("returning") ? text : `${text}\nreturning true as touched`;
    default:
      return null;
  }
}

const toldColumns: readonly string[] = ["loadgen_rows", "loadgen_entries"];

/** What the statement itself returned: one row stands there even if it returned none. */
function ownRows(rows: readonly Row[]): readonly Row[] {
  if (rows[0]?.loadgen_rows === 0) return [];
  return rows.map((row) =>
    Object.fromEntries(Object.entries(row).filter(([name]) => !toldColumns.includes(name))),
  );
}
