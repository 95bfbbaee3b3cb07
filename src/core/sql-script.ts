/**
 * Splits a plain .sql file into the statements of one transaction, with `:name` variables drawn by
 * `\set` lines, as in pgbench's scripts: `-- \set id random(1, 1000)`, also without the dashes.
 */
import { type Parsed, parsed, rejected } from "./parsed.ts";
import { type SqlToken, sqlTokens } from "./sql-tokens.ts";

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
  const tokens = sqlTokens(text);
  const lineAt = (offset: number) => text.slice(0, offset).split("\n").length;
  const problems: Problem[] = [];
  const variables = readVariables(tokens, problems);
  const names = new Set(variables.map((variable) => variable.name));
  const all = splitStatements(tokens, names, problems);
  const explicit = begins(all[0]) && commits(all.at(-1));
  const statements = explicit ? all.slice(1, -1) : all;
  problems.push(...statements.filter(controls).map(controlProblem));
  if (problems.length === 0 && statements.length === 0) {
    return rejected("expected at least one statement");
  }
  problems.sort((one, other) => one.offset - other.offset);
  return problems.length > 0
    ? rejected(...problems.map(({ offset, text: what }) => `line ${lineAt(offset)}: ${what}`))
    : parsed({
        variables,
        statements: statements.map(({ sql, variables: used }) => ({ sql, variables: used })),
        explicit,
      });
}

interface Problem {
  readonly offset: number;
  readonly text: string;
}

function readVariables(tokens: readonly SqlToken[], problems: Problem[]): readonly Variable[] {
  const variables = new Map<string, Variable>();
  for (const { kind, text, offset } of tokens) {
    if (kind !== "command") continue;
    const variable = parseSet(text);
    if (variable === null) {
      const known = "of pgbench's commands only \\set NAME random(MIN, MAX) with whole numbers";
      problems.push({ offset, text: `expected ${known}, got "${text}"` });
    } else if (variables.has(variable.name)) {
      problems.push({
        offset,
        text: `${variable.name} is set already: expected \\set once a name`,
      });
    } else {
      variables.set(variable.name, variable);
    }
  }
  return [...variables.values()];
}

function parseSet(command: string): Variable | null {
  const found = /^\\set\s+([A-Za-z_]\w*)\s+random\(\s*(-?\d+)\s*,\s*(-?\d+)\s*\)\s*;?\s*$/.exec(
    command,
  );
  if (found === null) return null;
  const [, name = "", min = "", max = ""] = found;
  const variable = { name, min: Number(min), max: Number(max) };
  if (!Number.isSafeInteger(variable.min) || !Number.isSafeInteger(variable.max)) return null;
  const count = variable.max - variable.min + 1;
  // Streams have 32 bits a draw: beyond that not every number would come up.
  return count >= 1 && count <= 2 ** 32 ? variable : null;
}

type PlacedStatement = ScriptStatement & { readonly offset: number };

function splitStatements(
  tokens: readonly SqlToken[],
  names: ReadonlySet<string>,
  problems: Problem[],
): readonly PlacedStatement[] {
  const statements: PlacedStatement[] = [];
  let current = new StatementText();
  for (const token of tokens) {
    if (token.kind === "unfinished") {
      problems.push({ offset: token.offset, text: `${token.text} begins here and never ends` });
    } else if (token.kind === "parameter") {
      const example = "expected a variable such as :id";
      problems.push({ offset: token.offset, text: `nothing gives ${token.text}: ${example}` });
    } else if (token.kind === "end") {
      if (!current.empty) statements.push(current.done());
      current = new StatementText();
    } else {
      problems.push(...current.add(token, names));
    }
  }
  if (!current.empty) statements.push(current.done());
  return statements;
}

/** One statement as it is put together. */
class StatementText {
  #sql = "";
  #offset = 0;
  #brackets = 0;
  readonly #variables: string[] = [];

  get empty(): boolean {
    return this.#sql.trim() === "";
  }

  done(): PlacedStatement {
    return { sql: this.#sql.trim(), variables: this.#variables, offset: this.#offset };
  }

  /** The problems with this token. */
  add(token: SqlToken, names: ReadonlySet<string>): readonly Problem[] {
    const { kind, text, offset } = token;
    if (kind === "comment" || kind === "command") {
      this.#sql += " ";
      return [];
    }
    if (this.empty) this.#offset = offset;
    if (text === "[") this.#brackets += 1;
    if (text === "]") this.#brackets -= 1;
    const name = kind === "variable" ? text.slice(1) : null;
    // In brackets a colon may also part the bounds of an array's slice, which are columns then.
    if (name === null || (this.#brackets > 0 && !names.has(name))) {
      this.#sql += text;
      return [];
    }
    if (!this.#variables.includes(name)) this.#variables.push(name);
    this.#sql += `$${this.#variables.indexOf(name) + 1}`;
    const missing = `:${name} is never set: expected a line such as -- \\set ${name} random(1, 1000)`;
    return names.has(name) ? [] : [{ offset, text: missing }];
  }
}

function begins(statement: ScriptStatement | undefined): boolean {
  return /^(begin|start\s+transaction)(\s+(work|transaction))?$/i.test(statement?.sql ?? "");
}

function commits(statement: ScriptStatement | undefined): boolean {
  return /^(commit|end)(\s+(work|transaction))?$/i.test(statement?.sql ?? "");
}

/** Begins or ends a transaction; going back to a savepoint does not. */
function controls({ sql }: ScriptStatement): boolean {
  return (
    /^(begin|start\s+transaction|commit|end|rollback|abort|prepare\s+transaction)\b/i.test(sql) &&
    !/^rollback(\s+(work|transaction))?\s+to\b/i.test(sql)
  );
}

function controlProblem({ sql, offset }: PlacedStatement): Problem {
  const expected = "expected plain BEGIN first and COMMIT last, or neither";
  return { offset, text: `"${sql}": the file is one transaction: ${expected}` };
}
