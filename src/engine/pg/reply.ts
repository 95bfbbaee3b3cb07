/** What the server has answered so far to what one lean connection asked of it. */
import type { Row } from "../../core/step.ts";
import { byteAt, headerBytes } from "./frames.ts";
import {
  type Columns,
  columnsOf,
  isCommitTag,
  parameterTypesOf,
  rowOf,
  type TypeParsers,
} from "./rows.ts";
import { noRows } from "../statements.ts";

// The types of the server's messages. PostgreSQL manual, "Message Formats".
const bindComplete = code("2");
const closeComplete = code("3");
const commandComplete = code("C");
const copyData = code("d");
const copyDone = code("c");
export const copyInResponse = code("G");
const copyOutResponse = code("H");
const dataRow = code("D");
const emptyQueryResponse = code("I");
export const errorResponse = code("E");
const noData = code("n");
const noticeResponse = code("N");
const notificationResponse = code("A");
const parameterDescription = code("t");
const parameterStatus = code("S");
const parseComplete = code("1");
export const readyForQuery = code("Z");
const rowDescription = code("T");

function code(type: string): number {
  return type.charCodeAt(0);
}

export class Reply {
  readonly #parsers: TypeParsers;
  readonly #wantsRows: boolean;
  #rows: Row[] | null = null;
  #isResultComplete = false;
  /** Null: no rows are to come. */
  columns: Columns | null = null;
  /** Of the parameters, once they were described: OIDs. */
  types: readonly number[] = [];
  /** Whether the server's last word was COMMIT. */
  isCommitted = false;

  constructor(parsers: TypeParsers, wantsRows: boolean) {
    this.#parsers = parsers;
    this.#wantsRows = wantsRows;
  }

  get rows(): readonly Row[] {
    return this.#rows ?? noRows;
  }

  /** The next message, which begins at `start`. Throws an Error if none is known of its type. */
  take(bytes: Buffer, start: number): void {
    const at = start + headerBytes;
    switch (byteAt(bytes, start)) {
      case dataRow:
        if (this.#wantsRows) this.#addRow(bytes, at);
        return;
      case commandComplete:
        this.#beginResult();
        this.#isResultComplete = true;
        this.isCommitted = isCommitTag(bytes, at);
        return;
      case rowDescription:
        this.#beginResult();
        this.columns = columnsOf(bytes, at, this.#parsers);
        return;
      case parameterDescription:
        this.types = parameterTypesOf(bytes, at);
        return;
      case bindComplete:
      case closeComplete:
      case copyData:
      case copyDone:
      case copyOutResponse:
      case emptyQueryResponse:
      case noData:
      case noticeResponse:
      case notificationResponse:
      case parameterStatus:
      case parseComplete:
        return;
      default:
        throw new Error(`the server sent a message of an unknown type, ${byteAt(bytes, start)}`);
    }
  }

  /** A text of several statements has several results; the last one counts. */
  #beginResult(): void {
    if (!this.#isResultComplete) return;
    this.#isResultComplete = false;
    this.#rows = null;
  }

  #addRow(bytes: Buffer, at: number): void {
    if (this.columns === null) throw new Error("the server sent a row without columns");
    const row = rowOf(this.columns, bytes, at);
    if (this.#rows === null) this.#rows = [row];
    else this.#rows.push(row);
  }
}
