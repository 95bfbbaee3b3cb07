/** Puts a copy of a table with another number of hash partitions in its place, in one transaction. */
import { setTimeout as wait } from "node:timers/promises";
import type { FaultTarget } from "./fault.ts";
import { afterDataSql, makingSql, moved, movesSql, namesSql } from "./table-copy.ts";
import { lossesOf } from "./table-obstacles.ts";
import { type View, viewsOn } from "./table-views.ts";
import type { ChosenTable } from "./tables.ts";

/** Why the table cannot be exchanged unnoticed, as sentences. */
export async function obstaclesTo(
  target: FaultTarget,
  table: ChosenTable,
): Promise<readonly string[]> {
  const losses = await lossesOf(target, table);
  return losses.map((what) => `repartition: ${table.name} ${what}`);
}

/** Schemas of the names that it needs, whatever the table: of a run before, or somebody's. */
export async function leftoversOn(target: FaultTarget): Promise<readonly string[]> {
  const rows = await target.query(
    `select nspname::text as name from pg_catalog.pg_namespace where nspname = any($1::text[])
     order by 1`,
    [[copySchema, asideSchema]],
  );
  return rows.map(
    ({ name }) =>
      `repartition: there is a schema ${String(name)} already: see what is in it, and drop it`,
  );
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
  const { exclusiveMs, views } = await lockedForAll(connection, seen, table);
  await connection.query(`create schema ${asideSchema}`);
  await performed(connection, movesSql, [table.name, asideSchema]);
  await performed(connection, movesSql, [copy, schema]);
  await connection.query(`drop schema ${copySchema}`);
  for (const sql of views.flatMap(({ making }) => making)) await connection.query(sql);
  await connection.query("commit");
  seen.writersMs = since(beginMs);
  seen.allMs = since(exclusiveMs);
  await connection.query(`set lock_timeout = ${lockTimeoutMs}`);
  await patiently(seen, () => dropAside(connection));
}

/**
 * The table that was put aside, and its schema; nothing where there is none. What else is there stays,
 * and so does all that depends on it: then this rejects with the server's words.
 */
export async function dropAside(connection: FaultTarget): Promise<void> {
  const tables = await connection.query(
    `select format('%I.%I', nspname, relname) as name
     from pg_catalog.pg_class as class
     join pg_catalog.pg_namespace as namespace on namespace.oid = class.relnamespace
     where namespace.nspname = $1 and class.relkind = 'p' and not class.relispartition`,
    [asideSchema],
  );
  for (const { sql } of await connection.query(foreignKeysAsideSql, [asideSchema])) {
    await connection.query(String(sql));
  }
  for (const { name } of tables) await connection.query(`drop table ${String(name)} restrict`);
  await connection.query(`drop schema if exists ${asideSchema} restrict`);
}

/**
 * Each key on its own: it locks the table that it refers to, the whole before its partitions, as sessions
 * do. DROP TABLE would ask for all of those tables while it holds some: on a busy system it never gets
 * them together, and sessions wait for it meanwhile.
 */
const foreignKeysAsideSql = `
  select format('alter table %s drop constraint %I restrict', key.conrelid::regclass, key.conname) as sql
  from pg_catalog.pg_constraint as key
  join pg_catalog.pg_class as class on class.oid = key.conrelid
  where class.relnamespace = to_regnamespace($1) and class.relkind = 'p' and not class.relispartition
    and key.contype = 'f' and key.conparentid = 0
  order by key.oid`;

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

interface LockedForAll {
  /** When it had the lock. */
  readonly exclusiveMs: number;
  /** Dropped by now, and to be made again. */
  readonly views: readonly View[];
}

/**
 * The table alone: those that it refers to are locked by writers who wait for it. Views go first, for
 * who reads through one locks it before the table.
 */
async function lockedForAll(
  connection: FaultTarget,
  seen: Exchanged,
  table: ChosenTable,
): Promise<LockedForAll> {
  let views: readonly View[] = [];
  await patiently(seen, async () => {
    await connection.query("savepoint asking");
    try {
      views = await viewsOn(connection, table);
      for (const { name } of views) await connection.query(`drop view ${name} restrict`);
      await connection.query(`lock table ${table.name} in access exclusive mode`);
    } catch (error) {
      await connection.query("rollback to asking");
      throw error;
    }
  });
  const exclusiveMs = performance.now();
  // Made by somebody since it was looked at first.
  const late = [
    ...(await obstaclesTo(connection, table)),
    ...(await viewsOn(connection, table)).map(({ name }) => `${name} is a new view of it`),
  ];
  if (late.length > 0) throw new Error(late.join("; "));
  return { exclusiveMs, views };
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
