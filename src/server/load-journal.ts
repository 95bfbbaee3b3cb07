/**
 * How far the loading of a fixture is, told by the database that it goes into: in the transaction that
 * gets it there, so that it is true whatever is killed. It is gone once the fixture is complete.
 *
 * Sequences know of no transactions, and after a crash a server continues them some numbers further on.
 * So what they were at belongs to it, and is set again before anything more is loaded.
 */
import { z } from "zod";
import type { Connection } from "./connection.ts";

export interface StepProgress {
  /** Of a table's rows, how many are there. */
  readonly rows: number;
  readonly isDone: boolean;
}

/** By the number of the step. A database that nothing was loaded into is made ready for it. */
export async function openJournal(
  connection: Connection,
): Promise<ReadonlyMap<number, StepProgress>> {
  // One string is one transaction.
  await connection.script(`
    set client_min_messages = warning;
    create schema if not exists ${schema};
    create table if not exists ${schema}.step (
      number integer primary key, rows bigint not null, is_done boolean not null, sequences jsonb
    );
    ${restoring}`);
  return stepsIn(connection);
}

/** Statements for the transaction that gets a step so far. */
export function noting(number: number, { rows, isDone }: StepProgress): string {
  return `
    insert into ${schema}.step values (${number}, ${rows}, ${isDone}, (
      select jsonb_object_agg(format('%I.%I', schemaname, sequencename), last_value)
      from pg_catalog.pg_sequences
    ))
    on conflict (number) do update
      set rows = excluded.rows, is_done = excluded.is_done, sequences = excluded.sequences`;
}

export async function closeJournal(connection: Connection): Promise<void> {
  await connection.query(`drop schema ${schema} cascade`);
}

/** Of the database's tables; null where no loading has begun, or where it is complete. */
export async function rowsLoaded(connection: Connection): Promise<number | null> {
  if (!(await isOpen(connection))) return null;
  return [...(await stepsIn(connection)).values()].reduce((sum, { rows }) => sum + rows, 0);
}

/**
 * Whether all was loaded and only its name is missing: it has a schema of its own, which is the first
 * thing that a journal sees made, and no journal any more.
 */
export async function isComplete(connection: Connection): Promise<boolean> {
  if (await isOpen(connection)) return false;
  const [row] = await connection.query(
    "select count(*)::int4 as count from pg_catalog.pg_class where oid >= 16384 and relkind in ('r', 'p')",
  );
  return Number(row?.count) > 0;
}

const schema = "loadgen_loading";

const stepRow = z.object({ number: z.int(), rows: z.coerce.number(), is_done: z.boolean() });

async function stepsIn(connection: Connection): Promise<ReadonlyMap<number, StepProgress>> {
  const found = await connection.query(`select number, rows::text, is_done from ${schema}.step`);
  return new Map(
    found.map((row) => {
      const { number, rows, is_done: isDone } = stepRow.parse(row);
      return [number, { rows, isDone }];
    }),
  );
}

async function isOpen(connection: Connection): Promise<boolean> {
  const [row] = await connection.query("select to_regclass($1) is not null as is_open", [
    `${schema}.step`,
  ]);
  return row?.is_open === true;
}

/**
 * Steps end in their order, but for those that go on side by side, which touch no sequence. What the
 * last one knew nothing of yet was not used by then.
 */
const restoring = `
  select setval(
    format('%I.%I', known.schemaname, known.sequencename)::regclass,
    coalesce(noted.value::bigint, known.start_value), noted.value is not null)
  from pg_catalog.pg_sequences as known
  left join (select sequences from ${schema}.step order by number desc limit 1) as last on true
  left join lateral jsonb_each_text(last.sequences) as noted
    on noted.key = format('%I.%I', known.schemaname, known.sequencename)
  where known.schemaname <> '${schema}'`;
