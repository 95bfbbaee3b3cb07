/** What this engine refuses, since it could not do it as the other one does. */
import { Failure } from "../../../core/failure.ts";
import { sqlTokens } from "../../../core/sql-tokens.ts";
import type { Statement } from "../../../core/step.ts";

export function notPortable(message: string): Failure {
  return new Failure("refused", "not-portable", `k6: ${message}`);
}

const known = new WeakMap<Statement, Failure | null>();

/** Throws a Failure, before anything is sent. */
export function checkPortable(statement: Statement): void {
  let failure = known.get(statement);
  if (failure === undefined) {
    failure = problemOf(statement.sql);
    known.set(statement, failure);
  }
  if (failure !== null) throw failure;
}

function problemOf(sql: string): Failure | null {
  for (const words of statementsIn(sql)) {
    const [first = "", second = ""] = words;
    const isStep =
      ["begin", "start", "commit", "end", "abort"].includes(first) ||
      (first === "rollback" && second !== "to") ||
      (first === "prepare" && second === "transaction");
    if (isStep) return notPortable(`"${first}" is a step of its own, and no statement`);
    if (first === "copy" && (words.includes("stdin") || words.includes("stdout"))) {
      return notPortable("the driver loses its connection over a COPY from or to the client");
    }
  }
  return null;
}

/** Whether there may be more than one statement in the text. */
export function mayBeSeveral(sql: string): boolean {
  return /;\s*\S/.test(sql);
}

/** The words of each statement in the text, in lower case. */
export function statementsIn(sql: string): readonly (readonly string[])[] {
  // Cutting a statement into tokens takes k6 50 us for each of them, and each session does it.
  const [first = ""] = /^\s*\w+/.exec(sql) ?? [];
  const isPlain = /^\s*(select|insert|update|delete|values|with)$/i.test(first);
  if (isPlain && !mayBeSeveral(sql)) return [[first.trim().toLowerCase()]];
  const statements: string[][] = [[]];
  for (const { kind, text } of sqlTokens(sql)) {
    if (kind === "end") statements.push([]);
    else if (kind === "sql" && text.trim() !== "") statements.at(-1)?.push(text.toLowerCase());
  }
  return statements.filter((words) => words.length > 0);
}
