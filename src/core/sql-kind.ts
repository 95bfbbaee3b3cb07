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

/** The words of each. */
function statementsIn(sql: string): readonly (readonly string[])[] {
  const statements: string[][] = [[]];
  for (const { kind, text } of sqlTokens(sql)) {
    if (kind === "end") statements.push([]);
    else if (kind === "sql" && text.trim() !== "") statements.at(-1)?.push(text.toLowerCase());
  }
  return statements;
}
