/**
 * The client's messages that are the same each time, made once. PostgreSQL manual, "Message Formats".
 */
import type { Prepared } from "../dialect.ts";
import { PerOperation, taggedText } from "../statements.ts";
import { preparedNames } from "./statements.ts";

/** A statement without parameters, whole. */
export const simpleQueries = new PerOperation((statement, operation) =>
  simpleQuery(taggedText(statement, operation)),
);

export interface PreparedStatement {
  /** Prepares it on a connection, and asks for the types of its parameters and for its columns. */
  readonly preparation: Buffer;
  readonly execution: Execution;
}

/** What is the same each time around the parameters of a Bind. */
export interface Execution {
  /** What goes before it. */
  readonly lead: Buffer;
  /** How it goes on after its length: the unnamed portal, and the statement. */
  readonly target: Buffer;
  /** What goes behind it. */
  readonly rest: Buffer;
}

/** Parsed once on each connection. */
const namedStatements = new PerOperation<PreparedStatement>((statement, operation) => {
  const name = preparedNames.of(statement, operation);
  return {
    preparation: preparation(name, taggedText(statement, operation)),
    execution: { lead: nothing, target: bindTarget(name), rest: executeAndSync },
  };
});

/**
 * Parsed each time, all in one, so that a pooler cannot come in between. What was prepared before is
 * gone by then, but for what was said of it; and of the columns it is said anew.
 */
const unnamedStatements = new PerOperation<PreparedStatement>((statement, operation) => {
  const text = taggedText(statement, operation);
  return {
    preparation: preparation("", text),
    execution: {
      lead: message("P", cstring(""), cstring(text), int16Zero),
      target: bindTarget(""),
      rest: Buffer.concat([message("D", Buffer.from("P"), cstring("")), executeAndSync]),
    },
  };
});

export const preparedStatements: Readonly<Record<Prepared, PerOperation<PreparedStatement>>> = {
  named: namedStatements,
  unnamed: unnamedStatements,
};

export function simpleQuery(text: string): Buffer {
  return message("Q", cstring(text));
}

/**
 * It is closed first: an earlier attempt may have failed between being prepared and being described,
 * and to close what is not there is no error.
 */
function preparation(name: string, text: string): Buffer {
  const statement = Buffer.concat([Buffer.from("S"), cstring(name)]);
  return Buffer.concat([
    message("C", statement),
    message("P", cstring(name), cstring(text), int16Zero),
    message("D", statement),
    message("S"),
  ]);
}

export function bindTarget(statement: string): Buffer {
  return Buffer.concat([cstring(""), cstring(statement)]);
}

/** Nobody sends rows for a COPY here. The server then fails the statement (57014). */
export const copyFail = message("f", cstring("No source stream defined"));

/** All rows of a COPY, and its end. */
export function copyRows(data: Buffer): Buffer {
  return Buffer.concat([message("d", data), message("c")]);
}

function message(type: string, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const header = Buffer.alloc(5);
  header.write(type);
  header.writeInt32BE(4 + body.length, 1);
  return Buffer.concat([header, body]);
}

const nothing = Buffer.alloc(0);
const int16Zero = Buffer.alloc(2);
const int32Zero = Buffer.alloc(4);

/** All rows of the unnamed portal at once. */
export const executeAndSync = Buffer.concat([message("E", cstring(""), int32Zero), message("S")]);

function cstring(text: string): Buffer {
  return Buffer.from(`${text}\0`);
}
