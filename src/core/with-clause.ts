/** Statements inside a WITH clause, so that something can be asked in the same breath. */
import { sqlTokens } from "./sql-tokens.ts";

/**
 * The statement as it may stand there: without its semicolon, and what changes rows must return
 * something to be counted by. Null for what cannot stand in a WITH clause, or not on every server:
 * MERGE can from PostgreSQL 17 on, a WITH of its own only if it changes nothing.
 */
export function insideWith(sql: string): string | null {
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
