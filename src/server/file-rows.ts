/**
 * Copies a table's rows into the database from a CSV file, as it is. All of a file is one transaction:
 * what the server says of a line is true of the file, and of a file that it refuses nothing stays.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { from as copyFrom } from "pg-copy-streams";
import type { TableFile } from "../core/fixture-files.ts";
import { type Connection, serverError, ServerError } from "./connection.ts";
import type { RowSource } from "./row-source.ts";
import { identifier, tableName } from "./table-layout.ts";

/** Of the fixture's files. */
export const fileRows: RowSource = async (connection, data, { fixture, onRows, noting }) => {
  const file = fixture.files?.tables[data.table];
  if (file === undefined) throw new RangeError(`there is no file of ${data.table}`);
  const what = `loading ${data.table} from ${file.path}`;
  const names = file.columns.map(identifier).join(", ");
  onRows(0);
  try {
    await connection.script("begin");
    const copy = `copy ${tableName(data)} (${names}) from stdin with (format csv, header true)`;
    const { rows, sha256 } = await copied(connection, copy, { file, onRows });
    if (sha256 !== file.sha256) throw new ServerError("the file has changed since it was read", "");
    if (rows !== file.rows) {
      throw new ServerError(`expected ${file.rows} rows, the server found ${rows}`, "");
    }
    await connection.script(`${noting(rows, true)}; commit`);
  } catch (error) {
    throw serverError(what, withLine(error));
  }
  onRows(file.rows);
};

async function copied(
  connection: Connection,
  copy: string,
  { file, onRows }: { readonly file: TableFile; readonly onRows: (rows: number) => void },
): Promise<{ readonly rows: number; readonly sha256: string }> {
  const hash = createHash("sha256");
  const sink = connection.client.query(copyFrom(copy));
  let bytes = 0;
  await pipeline(
    createReadStream(file.path, { highWaterMark: chunkBytes }),
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        yield chunk;
        bytes += chunk.length;
        // Rows are about as long as one another.
        onRows(Math.min(file.rows, Math.floor((file.rows * bytes) / Math.max(1, file.bytes))));
      }
    },
    sink,
  );
  return { rows: sink.rowCount, sha256: hash.digest("hex") };
}

/** Some milliseconds of loading. */
const chunkBytes = 262_144;

/** The server's context has the line, as in `COPY reference, line 5, column parentdocumentid: "x"`. */
function withLine(error: unknown): unknown {
  const { where, message } = error as { readonly where?: string; readonly message?: string };
  const line = where?.split("\n").find((one) => one.startsWith("COPY "));
  if (line === undefined) return error;
  return Object.assign(new Error(`${message ?? ""} (${line})`, { cause: error }), {
    code: (error as { readonly code?: string }).code,
  });
}
