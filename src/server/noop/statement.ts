/** What a server that does nothing answers to a text of SQL. Texts are read once, and remembered. */
import { sqlTokens } from "../../core/sql-tokens.ts";
import { int16, message, text } from "./message.ts";

/** As ReadyForQuery tells it: idle, or in a transaction block. */
export type TransactionStatus = "I" | "T";

/** What a text of SQL is answered with. */
export interface Statement {
  /** To Query, without the ReadyForQuery behind it. */
  readonly result: Buffer;
  /** To Describe. */
  readonly description: Buffer;
  /** To Execute. */
  readonly completion: Buffer;
  /** After it; null: as it was before. */
  readonly status: TransactionStatus | null;
  /** The highest n of its `$n`. */
  readonly parameters: number;
}

/** A load repeats its statements; one that writes its values into them must not fill the memory. */
const statementsMax = 1_000;
const rememberedCharsMax = 10_000;
const statements = new Map<string, Statement>();

export function statementOf(sql: string): Statement {
  const known = statements.get(sql);
  if (known !== undefined) return known;
  const statement = readStatement(sql);
  if (statements.size === statementsMax) statements.clear();
  if (sql.length <= rememberedCharsMax) statements.set(sql, statement);
  return statement;
}

/** Only a Query may hold several commands; what is prepared is the first. */
function readStatement(sql: string): Statement {
  const tokens = sqlTokens(sql);
  const words = tokens.map(({ kind, text }) => {
    if (kind === "end") return ";";
    return kind === "sql" && /^[a-z_]\w*$/i.test(text) ? `${text.toUpperCase()} ` : "";
  });
  const texts = words.join("").split(";").filter(Boolean);
  const commands = (texts.length === 0 ? [""] : texts).map(readCommand);
  const numbers = tokens.map(({ kind, text }) => (kind === "parameter" ? +text.slice(1) : 0));
  return {
    ...readCommand(texts[0] ?? ""),
    result: Buffer.concat(commands.map(({ result }) => result)),
    status: commands.findLast(({ status }) => status !== null)?.status ?? null,
    parameters: numbers.reduce((most, number) => Math.max(most, number), 0),
  };
}

/** @param words of it, in upper case, each with a space behind it. */
function readCommand(words: string): Omit<Statement, "parameters"> {
  const [word = ""] = words.split(" ");
  const [tag, status] = known.get(word) ?? [word, null];
  const completion = word === "" ? message("I") : message("C", text(tag)); // I: EmptyQueryResponse
  const description = word === "SELECT" ? noColumns : noData;
  return {
    result: word === "SELECT" ? Buffer.concat([description, completion]) : completion,
    description,
    completion,
    // Back to a savepoint is not out of the transaction.
    status: /^ROLLBACK (WORK |TRANSACTION )?TO /.test(words) ? null : status,
  };
}

/** Commands whose tag is more than their first word, and those that begin or end a transaction. */
const known = new Map<string, readonly [tag: string, status: TransactionStatus | null]>([
  ["SELECT", ["SELECT 0", null]],
  ["INSERT", ["INSERT 0 0", null]],
  ["UPDATE", ["UPDATE 0", null]],
  ["DELETE", ["DELETE 0", null]],
  ["BEGIN", ["BEGIN", "T"]],
  ["START", ["START TRANSACTION", "T"]],
  ["COMMIT", ["COMMIT", "I"]],
  ["END", ["COMMIT", "I"]],
  ["ROLLBACK", ["ROLLBACK", "I"]],
  ["ABORT", ["ROLLBACK", "I"]],
]);

const noData = message("n");
const noColumns = message("T", int16(0));
