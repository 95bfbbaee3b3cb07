/** Splits SQL into its statements, to be sent one by one as they are. */
import { type Parsed, parsed, rejected } from "./parsed.ts";
import { sqlTokens } from "./sql-tokens.ts";

/** Without comments and semicolons. Every problem names its line. */
export function sqlStatements(text: string): Parsed<readonly string[]> {
  const statements: string[] = [];
  const problems: string[] = [];
  let current = "";
  for (const token of sqlTokens(text)) {
    const place = `line ${text.slice(0, token.offset).split("\n").length}`;
    switch (token.kind) {
      case "end":
        statements.push(current.trim());
        current = "";
        break;
      case "comment":
        current += " ";
        break;
      case "unfinished":
        problems.push(`${place}: ${token.text} begins here and never ends`);
        break;
      case "command":
        problems.push(`${place}: expected SQL, got the command "${token.text}" of psql or pgbench`);
        break;
      case "variable":
      case "parameter":
      case "sql":
        current += token.text;
    }
  }
  const all = [...statements, current.trim()].filter((statement) => statement !== "");
  if (problems.length === 0 && all.length === 0) {
    return rejected("expected at least one statement");
  }
  return problems.length > 0 ? rejected(...problems) : parsed(all);
}
