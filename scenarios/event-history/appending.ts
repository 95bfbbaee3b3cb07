/** How rows come to a table of the history: by INSERT from arrays, or by COPY. */
import type { OrderRow } from "../../fixtures/event-history/stream/orders.ts";
import { orderColumns } from "../../fixtures/event-history/stream/orders.ts";
import {
  balanceColumns,
  marketDataColumns,
  positionColumns,
} from "../../fixtures/event-history/stream/money.ts";
import { type Scalar, type Statement, statement } from "../../src/core/step.ts";
import { copy, execute, type Transaction } from "../../src/core/transaction.ts";

type Rows = readonly (readonly Scalar[])[];

/** What is not text is named; the server's types of the columns. */
const types: Readonly<Record<string, string>> = {
  ...named("uuid", ["id", "market_id", "party_id", "account_id", "tx_hash"]),
  ...named("smallint", ["side", "time_in_force", "type", "status", "reason", "asset"]),
  ...named("int", ["version", "batch_id"]),
  ...named("bigint", ["size", "remaining", "seq_num", "open_volume"]),
  ...named("numeric", ["price", "balance", "delta", "average_price"]),
  ...named("numeric", ["mark_price", "best_bid", "best_offer"]),
  ...named("timestamptz", ["created_at", "updated_at", "vega_time"]),
};

function named(type: string, columns: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(columns.map((column) => [column, type]));
}

export interface Target {
  readonly insert: Statement;
  readonly copy: Statement;
}

function target(table: string, columns: readonly string[]): Target {
  const list = columns.join(", ");
  return {
    insert: statement(
      `insert-${table}`,
      `insert into history.${table} (${list}) select * from ${given(columns)}`,
    ),
    copy: statement(`copy-${table}`, `copy history.${table} (${list}) from stdin`),
  };
}

/** One array a column. */
function given(columns: readonly string[]): string {
  const arrays = columns.map((column, index) => `$${index + 1}::${types[column] ?? "text"}[]`);
  return `unnest(${arrays.join(", ")}) as given (${columns.join(", ")})`;
}

export const targets = {
  orders: target("orders", orderColumns),
  balance: target("balance", balanceColumns),
  position: target("position", positionColumns),
  marketData: target("market_data", marketDataColumns),
} as const;

/** @param way the strategy `write`. */
export function* append(to: Target, rows: Rows, way: string | undefined): Transaction {
  if (way === "copy") yield* copy(to.copy, rows, "text");
  else yield* execute(to.insert, ...columnsOf(rows));
}

function columnsOf(rows: Rows): readonly (readonly Scalar[])[] {
  return (rows[0] ?? []).map((_, column) => rows.map((row) => row[column] ?? null));
}

const upsertOrders = statement(
  "upsert-current-orders",
  `insert into history.orders_latest as latest (${orderColumns.join(", ")})
  select * from ${given(orderColumns)}
  on conflict (id) do update set
    ${orderColumns.map((column) => `${column} = excluded.${column}`).join(", ")}
  where (latest.vega_time, latest.seq_num) < (excluded.vega_time, excluded.seq_num)`,
);

const [idAt, timeAt, numberAt] = ["id", "vega_time", "seq_num"].map((column) =>
  (orderColumns as readonly string[]).indexOf(column),
) as [number, number, number];

/** The newest of each order, unless the table has a newer one; in the order of ids, so that two never deadlock. */
export function* upsertCurrent(rows: readonly OrderRow[]): Transaction {
  const newest = new Map<string, OrderRow>();
  for (const row of rows) {
    const known = newest.get(String(row[idAt]));
    if (known === undefined || isBefore(known, row)) newest.set(String(row[idAt]), row);
  }
  yield* execute(upsertOrders, ...columnsOf(byId([...newest.values()])));
}

function isBefore(one: OrderRow, other: OrderRow): boolean {
  const [time, otherTime] = [String(one[timeAt]), String(other[timeAt])];
  return time === otherTime ? Number(one[numberAt]) < Number(other[numberAt]) : time < otherTime;
}

/** Those of one order stay in their order. */
export function byId(rows: readonly OrderRow[]): readonly OrderRow[] {
  const idOf = (row: OrderRow) => String(row[idAt]);
  return [...rows].sort((one, other) =>
    idOf(one) < idOf(other) ? -1 : idOf(one) > idOf(other) ? 1 : 0,
  );
}
