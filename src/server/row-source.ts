/** Where a table's rows come from when a fixture is loaded: whichever it is, it is the same fixture. */
import type { TableData } from "../core/system.ts";
import type { Connection } from "./connection.ts";
import type { Fixture } from "./fixture.ts";

export interface Filling {
  readonly fixture: Fixture;
  readonly columns: readonly string[];
  /** How many rows are there already. */
  readonly from: number;
  /** How many there are, those of earlier included. Called a few hundred times a second at most. */
  readonly onRows: (rows: number) => void;
  /** Statements for the transaction after which so many are there. */
  readonly noting: (rows: number, isLast: boolean) => string;
}

/** Gets the rest of a table's rows into it. Rejects with a ServerError that names the table. */
export type RowSource = (
  connection: Connection,
  data: TableData,
  filling: Filling,
) => Promise<void>;
