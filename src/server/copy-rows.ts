/**
 * Copies a table's rows into the database as they are made: what the server has not taken yet is not made
 * yet. So many at a time are one transaction, which is what an interruption costs at most.
 */
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { from as copyFrom } from "pg-copy-streams";
import type { RowBlock } from "../core/system.ts";
import { serverError } from "./connection.ts";
import { rowBlocks } from "./copy-text.ts";
import type { RowSource } from "./row-source.ts";
import { identifier, tableName } from "./table-layout.ts";

/** In a transaction: a second or less of loading, beside which its own milliseconds are nothing. */
export const transactionRows = 250_000;

/** Rows from here; `chunkRows`: how many rows at least are one transaction. */
export function sentRows(chunkRows: number): RowSource {
  return async (connection, data, { fixture: { parameters }, columns, from, onRows, noting }) => {
    const names = columns.map(identifier).join(", ");
    const copy = `copy ${tableName(data)} (${names}) from stdin`;
    const supply = new Supply(rowBlocks(data, { parameters, columns, from }));
    let rows = from;
    onRows(rows);
    try {
      do {
        await connection.script("begin");
        const texts = supply.texts(chunkRows, (more) => onRows((rows += more)));
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
  };
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
