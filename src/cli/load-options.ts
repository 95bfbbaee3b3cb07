/** Where the rows of `loadgen fixtures load` come from: made here, made in the database, or files. */
import type { Command } from "commander";
import type { System } from "../core/system.ts";
import { sentRows, transactionRows } from "../server/fixture/copy-rows.ts";
import { fileRows } from "../server/fixture/file-rows.ts";
import { generatedRows } from "../server/fixture/generated-rows.ts";
import type { RowSource } from "../server/fixture/row-source.ts";
import { choice, wholeNumber } from "./option-values.ts";
import { failOn } from "./problems.ts";

/** Made in the database: some seconds of work, so that progress is seen. */
const generatedChunkRows = 200_000;

/** Made in the database, they are sorted before they are stored. */
const chunkRowsMax = 10_000_000;

const mode = choice(["stream", "sql"]);
const chunk = wholeNumber(1, chunkRowsMax);

export function declareLoadOptions(command: Command): void {
  command
    .option("--from <folder>", "exported CSV files are sent, in place of made rows")
    .option("--payloads <file>", "YAML file of payloads of your own, beside the system's")
    .option("--mode <mode>", "stream: the rows are sent; sql: the database makes them", "stream")
    .option("--resume", "goes on where an interrupted loading of the same data was")
    .option(
      "--chunk <n>",
      `rows in a transaction (default ${transactionRows}; with --mode sql ${generatedChunkRows})`,
    );
}

/** Throws a UsageError with every problem there is. */
export function rowSourceFrom(given: Readonly<Record<string, unknown>>, system: System): RowSource {
  const asked = mode.safeParse(given.mode);
  const inDatabase = asked.data === "sql";
  const chunkRows = chunk
    .default(inDatabase ? generatedChunkRows : transactionRows)
    .safeParse(given.chunk);
  const isFiled = given.from !== undefined;
  failOn([
    ...(isFiled && inDatabase ? ["--from and --mode sql exclude each other: give one"] : []),
    ...(isFiled && given.resume === true
      ? ["--resume: a file is loaded as a whole: leave it out with --from"]
      : []),
    ...(asked.error?.issues ?? []).map(({ message }) => `--mode: ${message}`),
    ...(chunkRows.error?.issues ?? []).map(({ message }) => `--chunk: ${message}`),
    ...(inDatabase && system.generated === null
      ? [`--mode sql: the data of ${system.name} can only be sent: leave it out`]
      : []),
  ]);
  if (isFiled) return fileRows;
  const rowsMade = inDatabase ? generatedRows : sentRows;
  // What was not read has been thrown.
  return rowsMade(Number(chunkRows.data));
}
