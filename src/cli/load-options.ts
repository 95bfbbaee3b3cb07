/** Where the rows of `loadgen fixtures load` come from: made here, made in the database, or files. */
import type { Command } from "commander";
import type { System } from "../core/system.ts";
import { sentRows } from "../server/copy-rows.ts";
import { fileRows } from "../server/file-rows.ts";
import { generatedRows } from "../server/generated-rows.ts";
import type { RowSource } from "../server/row-source.ts";
import { choice, wholeNumber } from "./option-values.ts";
import { failOn } from "./problems.ts";

/** Some seconds of work each, so that progress is seen, and beside which the transaction is nothing. */
const chunkRowsDefault = 200_000;

/** They are sorted before they are stored. */
const chunkRowsMax = 10_000_000;

const mode = choice(["stream", "sql"]);
const chunk = wholeNumber(1, chunkRowsMax);

export function declareLoadOptions(command: Command): void {
  command
    .option("--from <folder>", "exported CSV files are sent, in place of made rows")
    .option("--payloads <file>", "YAML file of payloads of your own, beside the system's")
    .option("--mode <mode>", "stream: the rows are sent; sql: the database makes them", "stream")
    .option("--resume", "goes on where an interrupted loading of the same data was")
    .option("--chunk <n>", `of --mode sql, rows in a transaction (default ${chunkRowsDefault})`);
}

/** Throws a UsageError with every problem there is. */
export function rowSourceFrom(given: Readonly<Record<string, unknown>>, system: System): RowSource {
  const asked = mode.safeParse(given.mode);
  const chunkRows = chunk.default(chunkRowsDefault).safeParse(given.chunk);
  const inDatabase = asked.data === "sql";
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
    ...(given.chunk !== undefined && asked.data === "stream"
      ? ["--chunk needs --mode sql: expected it there alone"]
      : []),
  ]);
  if (isFiled) return fileRows;
  return inDatabase && chunkRows.success ? generatedRows(chunkRows.data) : sentRows;
}
