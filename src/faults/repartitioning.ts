/** Puts a copy of a table with another number of hash partitions in its place, in one transaction. */
import { setTimeout as wait } from "node:timers/promises";
import type { FaultTarget } from "./fault.ts";
import {
  afterDataSql,
  makingSql,
  moved,
  movesSql,
  namesSql,
  obstaclesSql,
  viewsSql,
} from "./table-copy.ts";
import type { ChosenTable } from "./tables.ts";

/** Why the table cannot be exchanged unnoticed, as sentences. */
export async function obstaclesTo(
  target: FaultTarget,
  table: ChosenTable,
): Promise<readonly string[]> {
  const rows = await target.query(obstaclesSql, [table.oid]);
  return rows.map(({ what }) => `repartition: ${table.name} ${String(what)}`);
}

/** What was seen of it, as it goes on. */
export interface Exchanged {
  rows: number;
  /** How often locks were asked for. */
  tries: number;
  /** From the first lock to the end. */
  writersMs: number;
  /** From the lock for the exchange to the end. */
  allMs: number;
}

export interface ExchangeOptions {
  readonly table: ChosenTable;
  readonly partitions: number;
  readonly seen: Exchanged;
}

/** Below deadlock_timeout (1 s unless set): who waits for the other is found out by giving up. */
const lockTimeoutMs = 500;

/** So that those who queued behind the asking get their turn. */
const pauseMs = 100;

/** A minute of asking. */
const triesMax = 100;

/** Where the copy is made, and where the old one is put aside until it can be dropped. */
const copySchema = "loadgen_repartition";
export const asideSchema = "loadgen_repartition_old";

/**
 * Rejects with the server's failure; then nothing is changed once the connection has rolled back, but
 * for an old table that could not be dropped.
 */
export async function exchange(
  connection: FaultTarget,
  { table, partitions, seen }: ExchangeOptions,
): Promise<void> {
  const [names] = await connection.query(namesSql, [table.oid]);
  const { schema = "", name = "", referred } = names as Readonly<Record<string, string>>;
  const copy = `${copySchema}.${name}`;
  const beginMs = await lockedForWriting(connection, seen, [
    table.name,
    ...(referred ? [referred] : []),
  ]);
  await connection.query(`create schema ${copySchema}`);
  await performed(connection, makingSql, [table.oid, table.name, copy, partitions]);
  seen.rows = await moved(connection, { from: table.name, to: copy, oid: table.oid });
  await performed(connection, afterDataSql, [table.oid, copy]);
  await connection.query(`analyze ${copy}`);
  seen.writersMs = since(beginMs);
  const views = await connection.query(viewsSql, [table.oid]);
  await connection.query(`create schema ${asideSchema}`);
  const exclusiveMs = await lockedForAll(connection, { seen, table: table.name }, async () => {
    await performed(connection, movesSql, [table.name, asideSchema]);
    await performed(connection, movesSql, [copy, schema]);
    for (const { sql } of views) await connection.query(String(sql));
  });
  await connection.query(`drop schema ${copySchema}`);
  await connection.query("commit");
  seen.writersMs = since(beginMs);
  seen.allMs = since(exclusiveMs);
  await connection.query(`set lock_timeout = ${lockTimeoutMs}`);
  await patiently(seen, () => connection.query(`drop schema ${asideSchema} cascade`));
}

/** Begins the transaction; resolves with when it had its locks. */
async function lockedForWriting(
  connection: FaultTarget,
  seen: Exchanged,
  tables: readonly string[],
): Promise<number> {
  await patiently(seen, async () => {
    await connection.query("begin");
    try {
      await connection.query(`set local lock_timeout = ${lockTimeoutMs}`);
      await connection.query(`lock table ${tables.join(", ")} in share row exclusive mode`);
    } catch (error) {
      await connection.query("rollback");
      throw error;
    }
  });
  return performance.now();
}

/**
 * The table alone: those that it refers to are locked by writers who wait for it. The exchange asks for
 * its views, which their readers have locked before they ask for the table: then all of it is given up,
 * and tried again. Resolves with when it had the lock.
 */
async function lockedForAll(
  connection: FaultTarget,
  { seen, table }: { readonly seen: Exchanged; readonly table: string },
  exchangeThem: () => Promise<void>,
): Promise<number> {
  let lockedMs = 0;
  await patiently(seen, async () => {
    await connection.query("savepoint asking");
    try {
      await connection.query(`lock table ${table} in access exclusive mode`);
      lockedMs = performance.now();
      await exchangeThem();
    } catch (error) {
      await connection.query("rollback to asking");
      throw error;
    }
  });
  return lockedMs;
}

/** The statements that a question answers with. */
async function performed(
  connection: FaultTarget,
  sql: string,
  parameters: readonly unknown[],
): Promise<void> {
  for (const row of await connection.query(sql, parameters)) {
    await connection.query(String(row.sql));
  }
}

function since(ms: number): number {
  return Math.round(performance.now() - ms);
}

/** lock_not_available, and deadlock_detected where somebody else set the timeout lower. */
const inTheWay = ["55P03", "40P01"];

async function patiently(seen: Exchanged, lock: () => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries++) {
    seen.tries++;
    try {
      await lock();
      return;
    } catch (error) {
      const { code = "" } = error as { code?: string };
      if (!inTheWay.includes(code) || tries === triesMax) throw error;
    }
    await wait(pauseMs);
  }
}
