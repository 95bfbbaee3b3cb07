/**
 * Compares a database with what the generator says, table by table: the server sums up the checksums of
 * its rows while we do the same with the generator's, and only rows of sums that differ are fetched.
 * Nothing is written, and all tables are seen as of one moment.
 */
import { counted } from "../core/counted.ts";
import type { TableData } from "../core/system.ts";
import { exitCodes, type Finding, type Verdict, verdictOf } from "../core/verdict.ts";
import type { Address } from "./address.ts";
import { Connection } from "./connection.ts";
import type { Fixture, Progress } from "./fixture.ts";
import {
  checksumOf,
  generatedBuckets,
  rowsOf,
  storedBuckets,
  unequalBuckets,
} from "./fixture-checksum.ts";
import { type Differences, differencesOf, noDifferences } from "./fixture-differences.ts";
import { layoutOf, printingSettings, type TableLayout } from "./table-layout.ts";

/** One side of a table. */
export interface TableContent {
  readonly rows: number;
  /** 16 hexadecimal digits; equal ones have the same rows, whatever their order in the table. */
  readonly checksum: string;
}

export interface TableVerdict extends Differences {
  readonly table: string;
  readonly isEqual: boolean;
  /** Why the table could not be compared; else empty. */
  readonly problems: readonly string[];
  readonly expected: TableContent | null;
  readonly found: TableContent | null;
  /** The column that numbers the rows and was compared, too; null: there is none. */
  readonly rowNumber: string | null;
  readonly elapsedMs: number;
}

/** Every table of the fixture's system, in its order. Throws ServerError. */
export async function verifyFixture(
  address: Address,
  fixture: Fixture,
  progress: Progress,
): Promise<readonly TableVerdict[]> {
  return Connection.use(address, "loadgen/verify", async (connection) => {
    await connection.script(snapshot);
    const verdicts: TableVerdict[] = [];
    for (const data of fixture.system.tables) {
      verdicts.push(await verifyTable(connection, fixture, { data, progress }));
    }
    return verdicts;
  });
}

/** A role's own limits would cut the scan short, or end the session while the generator is at work. */
const snapshot = `
  begin transaction isolation level repeatable read read only;
  set local statement_timeout = 0;
  set local idle_in_transaction_session_timeout = 0;
  ${printingSettings}
`;

interface Work {
  readonly data: TableData;
  readonly progress: Progress;
}

async function verifyTable(
  connection: Connection,
  fixture: Fixture,
  { data, progress }: Work,
): Promise<TableVerdict> {
  const startMs = performance.now();
  const layout = await layoutOf(connection, fixture, data);
  const compared =
    "problems" in layout
      ? { ...notCompared, problems: layout.problems }
      : await compareTable(connection, fixture, { layout, progress });
  return { table: data.table, ...compared, elapsedMs: performance.now() - startMs };
}

type Compared = Omit<TableVerdict, "table" | "elapsedMs">;

const notCompared = {
  ...noDifferences,
  isEqual: false,
  isComplete: false,
  expected: null,
  found: null,
  rowNumber: null,
};

async function compareTable(
  connection: Connection,
  fixture: Fixture,
  { layout, progress }: { readonly layout: TableLayout; readonly progress: Progress },
): Promise<Compared> {
  const { data, rowNumber } = layout;
  const total = data.count(fixture.parameters);
  const stopped = new AbortController();
  const generated = (phase: string) => ({
    layout,
    parameters: fixture.parameters,
    onProgress: (rows: number) => progress(`${phase} ${data.table}`, rows, total),
    signal: stopped.signal,
  });
  const [found, expected] = await Promise.all([
    storedBuckets(connection, layout).catch((error: unknown) => {
      stopped.abort(error);
      throw error;
    }),
    generatedBuckets(generated("comparing")),
  ]);
  const isEqual = unequalBuckets(expected, found).length === 0;
  const differences = isEqual
    ? noDifferences
    : await differencesOf(connection, generated("looking for rows of"), { expected, found });
  return {
    ...differences,
    isEqual,
    problems: [],
    expected: { rows: rowsOf(expected), checksum: checksumOf(expected) },
    found: { rows: rowsOf(found), checksum: checksumOf(found) },
    rowNumber: rowNumber?.name ?? null,
  };
}

/** Unequal content is 96, as data that a run has lost or doubled; without any row there is nothing to judge. */
export function verdictOn(tables: readonly TableVerdict[]): Verdict {
  const unequal = tables.filter(({ isEqual }) => !isEqual);
  const findings: Finding[] = unequal.map((table) => ({
    code: exitCodes.invariantBroken,
    reason: `${table.table}: ${whatDiffers(table)}`,
  }));
  const rows = tables.reduce((total, { expected }) => total + (expected?.rows ?? 0), 0);
  if (unequal.length === 0 && rows === 0) {
    findings.push({ code: exitCodes.invalid, reason: "the fixture has no rows to compare" });
  }
  const names = tables.map(({ table }) => table).join(", ");
  return verdictOf(findings, `every row of ${names} is what the generator says`);
}

function whatDiffers(table: TableVerdict): string {
  const { problems, isComplete, changed, missing, surplus } = table;
  if (problems.length > 0) return problems.join("; ");
  const counts = Object.entries({ changed, missing, surplus })
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${counted(count, "row")} ${kind}`);
  return `${isComplete ? "" : "at least "}${counts.join(", ")}`;
}
