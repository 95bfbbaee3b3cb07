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
  for (const words of statementsOf(sql)) {
    const [first = "", second = ""] = words;
    const ends = ["begin", "start", "commit", "end", "abort"].includes(first);
    if (
      ends ||
      (first === "rollback" && second !== "to") ||
      (first === "prepare" && second === "transaction")
    ) {
      return notPortable(`"${first}" is a step of its own, and no statement`);
    }
    if (first === "copy" && (words.includes("stdin") || words.includes("stdout"))) {
      return notPortable("the driver loses its connection over a COPY from or to the client");
    }
  }
  return null;
}

/** The words of each statement in the text, in lower case. */
export function statementsOf(sql: string): readonly (readonly string[])[] {
  const statements: string[][] = [[]];
  for (const { kind, text } of sqlTokens(sql)) {
    if (kind === "end") statements.push([]);
    else if (kind === "sql" && text.trim() !== "") statements.at(-1)?.push(text.toLowerCase());
    else if (kind === "parameter") statements.at(-1)?.push(text);
  }
  return statements.filter((words) => words.length > 0);
}
