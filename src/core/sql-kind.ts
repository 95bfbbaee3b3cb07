/** What kind of statements a text has, as far as it matters to who explains them. */
import { sqlTokens } from "./sql-tokens.ts";

const enders: readonly string[] = ["commit", "end", "abort", "rollback", "prepare"];

/**
 * Whether it would end the transaction that it is sent in. What a procedure or a DO block does inside
 * is not seen; inside a transaction the server refuses that (2D000).
 */
export function endsTransaction(sql: string): boolean {
  return statementsIn(sql).some(([first = "", ...others]) => {
    if (!enders.includes(first)) return false;
    if (first === "prepare") return others[0] === "transaction";
    return !(first === "rollback" && others.includes("to"));
  });
}

/** Whether it begins or ends a savepoint, or goes back to one. */
export function keepsSavepoints(sql: string): boolean {
  const [first = ""] = statementsIn(sql)[0] ?? [];
  return ["savepoint", "release", "rollback"].includes(first);
}

/** PostgreSQL manual, EXPLAIN; MERGE is there from version 15 on. */
const explainable: readonly string[] = [
  "select",
  "insert",
  "update",
  "delete",
  "merge",
  "with",
  "values",
  "table",
  "(",
];

/** Whether EXPLAIN takes it. */
export function isExplainable(sql: string): boolean {
  return explainable.includes(statementsIn(sql)[0]?.[0] ?? "");
}

const sqlName = String.raw`(?:"(?:[^"]|"")+"|[a-z_\u0080-\uffff][\w$\u0080-\uffff]*)`;
const ofTables = String.raw`(?:\s+of\s+${sqlName}(?:\s*[.,]\s*${sqlName})*)?`;
const rowLocks = new RegExp(
  String.raw`^(?:for\s+(?:(?:no\s+key\s+)?update|(?:key\s+)?share)${ofTables}(?:\s+(?:nowait|skip\s+locked))?[\s;]*)+$`,
  "i",
);

/**
 * A query without the locking clauses at its end (PostgreSQL manual, SELECT): it reads the same rows
 * and locks none. Null: it has none there, but perhaps further inside, or before a LIMIT.
 */
export function withoutRowLocks(sql: string): string | null {
  const tokens = sqlTokens(sql);
  let depth = 0;
  const first = tokens.findIndex(({ kind, text }) => {
    if (kind !== "sql") return false;
    if (text === "(") depth++;
    if (text === ")") depth--;
    return depth === 0 && text.toLowerCase() === "for";
  });
  const end = tokens.slice(first).map(({ kind, text }) => (kind === "comment" ? " " : text));
  const start = tokens[first];
  return start !== undefined && rowLocks.test(end.join("")) ? sql.slice(0, start.offset) : null;
}

/** The words of each. */
function statementsIn(sql: string): readonly (readonly string[])[] {
  const statements: string[][] = [[]];
  for (const { kind, text } of sqlTokens(sql)) {
    if (kind === "end") statements.push([]);
    else if (kind === "sql" && text.trim() !== "") statements.at(-1)?.push(text.toLowerCase());
  }
  return statements;
}
