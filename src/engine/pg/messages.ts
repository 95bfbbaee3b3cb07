/**
 * The client's messages that are the same each time, made once. PostgreSQL manual, "Message Formats".
 */
import { PerOperation, preparedNames, taggedText } from "./statements.ts";

/** A statement without parameters, whole. */
export const simpleQueries = new PerOperation((statement, operation) =>
  simpleQuery(taggedText(statement, operation)),
);

export interface Prepared {
  /** Prepares it on a connection, and asks for the types of its parameters and for its columns. */
  readonly preparation: Buffer;
  /** How a Bind goes on after its length: the unnamed portal, and the statement. */
  readonly target: Buffer;
}

export const preparedStatements = new PerOperation<Prepared>((statement, operation) => {
  const name = preparedNames.of(statement, operation);
  return {
    preparation: preparation(name, taggedText(statement, operation)),
    target: bindTarget(name),
  };
});

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

function message(type: string, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const header = Buffer.alloc(5);
  header.write(type);
  header.writeInt32BE(4 + body.length, 1);
  return Buffer.concat([header, body]);
}

const int16Zero = Buffer.alloc(2);
const int32Zero = Buffer.alloc(4);

/** What follows a Bind: all rows of the unnamed portal at once. */
export const executeAndSync = Buffer.concat([message("E", cstring(""), int32Zero), message("S")]);

function cstring(text: string): Buffer {
  return Buffer.from(`${text}\0`);
}
