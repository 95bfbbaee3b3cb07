/**
 * The ledger: every transaction that writes leaves an entry of itself in the same transaction, so
 * that afterwards each one which the server acknowledged can be looked for. No scenario declares
 * what it writes: the server is asked whether the transaction has an id, which it gets with the
 * first thing that it writes (or locks a row for).
 */
import { Failure } from "./failure.ts";
import type { Fate, Part } from "./fates.ts";
import {
  enteredRows,
  enterStatement,
  isEntered,
  parametersOf,
  together,
} from "./ledger-statements.ts";
import type { Isolation, Row, Step } from "./step.ts";
import { atomically, rollback, type Transaction } from "./transaction.ts";

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

type SentStatement = Extract<Step, { kind: "query" | "execute" | "copy" }>;

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
      case "copy":
        return yield* this.#open === null ? this.#alone(step) : this.#inside(step);
      case "together":
        return yield {
          kind: "together",
          parts: step.parts.map((part) => () => through(new Clerk(this.#page), part())),
        };
      case "pause":
      case "recall":
      case "remember":
      case "forget":
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
    if (sent.kind === "copy") return yield* this.#begun(sent);
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
    if (isEntered(rows)) this.#page.told(part, "acknowledged");
    return kind === "query" ? enteredRows(rows) : [];
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
