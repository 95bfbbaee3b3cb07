/** Where the rows of `loadgen fixtures load` come from: sent from here, or made in the database. */
import type { Command } from "commander";
import type { System } from "../core/system.ts";
import { type Fill, sentRows } from "../server/fixture.ts";
import { generateRows } from "../server/generated-rows.ts";
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
    .option("--mode <mode>", "stream: the rows are sent; sql: the database makes them", "stream")
    .option("--chunk <n>", `of --mode sql, rows in a transaction (default ${chunkRowsDefault})`);
}

/** Throws a UsageError with every problem there is. */
export function fillFrom(given: Readonly<Record<string, unknown>>, system: System): Fill {
  const asked = mode.safeParse(given.mode);
  const chunkRows = chunk.default(chunkRowsDefault).safeParse(given.chunk);
  const inDatabase = asked.data === "sql";
  failOn([
    ...(asked.error?.issues ?? []).map(({ message }) => `--mode: ${message}`),
    ...(chunkRows.error?.issues ?? []).map(({ message }) => `--chunk: ${message}`),
    ...(inDatabase && system.generated === null
      ? [`--mode sql: the data of ${system.name} can only be sent: leave it out`]
      : []),
    ...(given.chunk !== undefined && asked.data === "stream"
      ? ["--chunk needs --mode sql: expected it there alone"]
      : []),
  ]);
  if (!inDatabase || !chunkRows.success) return sentRows;
  return (connection, data, filling) =>
    generateRows(connection, data, {
      ...filling,
      from: 0,
      chunkRows: chunkRows.data,
      noting: () => "",
    });
}
