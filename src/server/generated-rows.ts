/**
 * Makes a table's rows in the database itself, for those who cannot send them there: in portions, each a
 * transaction, in the same order and with the same numbers as rows that are sent.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { TableData } from "../core/system.ts";
import { type Connection, serverError } from "./connection.ts";
import type { Fixture } from "./fixture.ts";
import { withParameters } from "./sql-parameters.ts";
import { identifier, tableName } from "./table-layout.ts";

export interface Generating {
  readonly fixture: Fixture;
  readonly columns: readonly string[];
  /** How many rows are there already. */
  readonly from: number;
  /** How many rows are one transaction. */
  readonly chunkRows: number;
  /** How many there are, those of earlier included. */
  readonly onRows: (rows: number) => void;
  /** Statements for the transaction after which so many are there; "" for none. */
  readonly noting: (rows: number, isLast: boolean) => string;
}

/** The table, if the fixture's system can be made in a database. Throws ServerError with the table. */
export async function generateRows(
  connection: Connection,
  data: TableData,
  { fixture, columns, from, chunkRows, onRows, noting }: Generating,
): Promise<void> {
  const query = await queryFor(fixture, data);
  const names = columns.map(identifier).join(", ");
  const total = data.count(fixture.parameters);
  let rows = from;
  onRows(rows);
  try {
    do {
      const until = Math.min(rows + chunkRows, total);
      const part = withParameters(query, { ...withDefaults(fixture), from: rows, until });
      // One string is one transaction. The sort is to find room in memory, and does not spill.
      await connection.script(`
        set local work_mem = '256MB';
        insert into ${tableName(data)} (${names})
        select ${names} from (${part}) as generated order by ordinal;
        ${noting(until, until === total)}`);
      rows = until;
      onRows(rows);
    } while (rows < total);
  } catch (error) {
    throw serverError(`generating ${data.table}`, error);
  }
}

async function queryFor({ system, folder }: Fixture, { table }: TableData): Promise<string> {
  const file = system.generated?.queries[table];
  if (file === undefined) throw new RangeError(`${table} cannot be made in a database`);
  // It may end in a comment.
  return `${await readFile(join(folder, file), "utf8")}\n`;
}

function withDefaults({ system, parameters }: Fixture) {
  return { ...system.generated?.defaults, ...parameters };
}
