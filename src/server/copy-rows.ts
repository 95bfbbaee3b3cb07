/**
 * Copies a table's rows into the database as they are made: what the server has not taken yet is not made
 * yet. So many at a time are one transaction, which is what an interruption costs at most.
 */
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import type { RowBlock, TableData } from "../core/system.ts";
import { type Connection, serverError } from "./connection.ts";
import { rowBlocks, type WantedRows } from "./copy-text.ts";

/** A second or less of loading; each transaction costs some milliseconds. */
const transactionRows = 250_000;

export interface Copying {
  readonly wanted: WantedRows;
  /** How many there are, those of earlier included. Called a few hundred times a second at most. */
  readonly onRows: (rows: number) => void;
  /** Statements for the transaction after which so many are there. */
  readonly noting: (rows: number, isLast: boolean) => string;
}

/** Throws ServerError with the table. */
export async function copyRows(
  connection: Connection,
  data: TableData,
  { wanted, onRows, noting }: Copying,
): Promise<void> {
  const columns = wanted.columns.map(identifier).join(", ");
  const target = data.table.split(".").map(identifier).join(".");
  const copy = `copy ${target} (${columns}) from stdin`;
  const supply = new Supply(rowBlocks(data, wanted));
  let rows = wanted.from;
  onRows(rows);
  try {
    do {
      await connection.script("begin");
      const texts = supply.texts(transactionRows, (more) => onRows((rows += more)));
      await pipeline(
        Readable.from(texts, { highWaterMark: 1 }),
        connection.client.query(copyFrom(copy)),
      );
      await connection.script(`${noting(rows, supply.isEmpty)}; commit`);
    } while (!supply.isEmpty);
  } catch (error) {
    throw serverError(`loading ${data.table}`, error);
  }
  onRows(rows);
}

/** Blocks, taken out in portions. */
class Supply {
  readonly #blocks: Iterator<RowBlock>;
  #next: IteratorResult<RowBlock, unknown>;

  constructor(blocks: Iterable<RowBlock>) {
    this.#blocks = blocks[Symbol.iterator]();
    this.#next = this.#blocks.next();
  }

  get isEmpty(): boolean {
    return this.#next.done === true;
  }

  /** At least so many rows, if there are. */
  *texts(atLeast: number, onRows: (rows: number) => void): Generator<string | Uint8Array> {
    for (let taken = 0; taken < atLeast && this.#next.done !== true;) {
      const { rows, text } = this.#next.value;
      yield text;
      taken += rows;
      this.#next = this.#blocks.next();
      onRows(rows);
    }
  }
}

/** Names in TableData are spelled as people write them; the server folds unquoted names like this. */
function identifier(name: string): string {
  return pg.escapeIdentifier(name.toLowerCase());
}
