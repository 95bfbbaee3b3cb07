/**
 * Makes a table's rows in the database itself, for those who cannot send them there: in portions, each a
 * transaction, in the same order and with the same numbers as rows that are sent.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { TableData } from "../core/system.ts";
import { serverError } from "./connection.ts";
import type { Fixture } from "./fixture.ts";
import type { RowSource } from "./row-source.ts";
import { withParameters } from "./sql-parameters.ts";
import { identifier, tableName } from "./table-layout.ts";

/** Of a system whose tables can be made in a database; `chunkRows`: how many rows are one transaction. */
export function generatedRows(chunkRows: number): RowSource {
  return async (connection, data, { fixture, columns, from, onRows, noting }) => {
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
  };
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
