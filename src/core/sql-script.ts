/**
 * Splits a plain .sql file into the statements of one transaction, with `:name` variables drawn by
 * `\set` lines, as in pgbench's scripts: `-- \set id random(1, 1000)`, also without the dashes.
 */
import { type Parsed, parsed, rejected } from "./parsed.ts";

/** A whole number drawn evenly from `min` to `max`. */
export interface Variable {
  readonly name: string;
  readonly min: number;
  readonly max: number;
}

export interface ScriptStatement {
  /** With $1, $2, … in place of the variables. */
  readonly sql: string;
  /** The variables' names, in the order of the parameters. */
  readonly variables: readonly string[];
}

export interface SqlScript {
  readonly variables: readonly Variable[];
  readonly statements: readonly ScriptStatement[];
  /** BEGIN and COMMIT stood around the statements. */
  readonly explicit: boolean;
}

/** Every problem names its line. */
export function parseSqlScript(text: string): Parsed<SqlScript> {
  const problems: string[] = [];
  const variables: Variable[] = [];
  const lines = text.split("\n").map((line, index) => {
    const [, command, rest = ""] = /^\s*(?:--\s*)?\\(\w+)(.*)$/.exec(line) ?? [];
    if (command === undefined) return line;
    const variable = command === "set" ? parseSet(rest) : null;
    if (variable === null) {
      problems.push(
        `line ${index + 1}: expected \\set NAME random(MIN, MAX) with whole numbers, got "${line.trim()}"`,
      );
    } else {
      variables.push(variable);
    }
    return "";
  });
  const names = new Set(variables.map((variable) => variable.name));
  const all = splitStatements(lines.join("\n"), (name) => {
    if (!names.has(name))
      problems.push(
        `:${name} is never set: expected a line such as -- \\set ${name} random(1, 1000)`,
      );
  });
  const explicit = begins(all[0]) && commits(all.at(-1));
  const statements = explicit ? all.slice(1, -1) : all;
  if (statements.some((statement) => begins(statement) || commits(statement))) {
    problems.push("the file is one transaction: expected BEGIN first and COMMIT last, or neither");
  }
  if (statements.length === 0) problems.push("expected at least one statement");
  return problems.length > 0
    ? rejected(...new Set(problems))
    : parsed({ variables, statements, explicit });
}

function parseSet(text: string): Variable | null {
  const found = /^\s+(\w+)\s+random\(\s*(-?\d+)\s*,\s*(-?\d+)\s*\)\s*;?\s*$/.exec(text);
  if (found === null) return null;
  const [, name = "", min = "", max = ""] = found;
  const variable = { name, min: Number(min), max: Number(max) };
  const count = variable.max - variable.min + 1;
  // Streams have 32 bits a draw: beyond that not every number would come up.
  return count >= 1 && count <= 2 ** 32 ? variable : null;
}

function begins(statement: ScriptStatement | undefined): boolean {
  return /^(begin|start\s+transaction)(\s+(work|transaction))?$/i.test(statement?.sql ?? "");
}

function commits(statement: ScriptStatement | undefined): boolean {
  return /^(commit|end)(\s+(work|transaction))?$/i.test(statement?.sql ?? "");
}

/**
 * One piece of SQL: a comment, a string in any of its spellings, a quoted name, a cast, a variable,
 * the end of a statement, a word, or one character (PostgreSQL manual, section 4.1).
 */
const piece =
  /--[^\n]*|\/\*[\s\S]*?\*\/|[eE]'(?:\\[\s\S]|''|[^'\\])*'|'(?:''|[^'])*'|"(?:""|[^"])*"|\$(\w*)\$[\s\S]*?\$\1\$|::|:[A-Za-z_]\w*|;|\w+|[\s\S]/g;

function splitStatements(text: string, onVariable: (name: string) => void): ScriptStatement[] {
  const statements: ScriptStatement[] = [];
  let sql = "";
  let variables: string[] = [];
  const finish = () => {
    if (sql.trim() !== "") statements.push({ sql: sql.trim(), variables });
    sql = "";
    variables = [];
  };
  for (const [token] of text.matchAll(piece)) {
    if (token === ";") finish();
    else if (/^(--|\/\*)/.test(token)) sql += " ";
    else if (/^:\w/.test(token)) {
      const name = token.slice(1);
      onVariable(name);
      if (!variables.includes(name)) variables.push(name);
      sql += `$${variables.indexOf(name) + 1}`;
    } else sql += token;
  }
  finish();
  return statements;
}
