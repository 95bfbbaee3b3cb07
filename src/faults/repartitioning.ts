/** Puts a copy of a table with another number of hash partitions in its place, in one transaction. */
import { setTimeout as wait } from "node:timers/promises";
import type { FaultTarget } from "./fault.ts";
import type { ChosenTable } from "./tables.ts";

/** Why the table cannot be exchanged unnoticed, as sentences. */
export async function obstaclesTo(
  target: FaultTarget,
  table: ChosenTable,
): Promise<readonly string[]> {
  const rows = await target.query(obstaclesSql, [table.oid]);
  return rows.map(({ what }) => `repartition: ${table.name} ${String(what)}`);
}

const obstaclesSql = `
  with parts as (
    select relid as oid, level from pg_catalog.pg_partition_tree($1::int8::oid)
    union select $1::int8::oid, 0
  )
  select what from (values
    ('is not partitioned by hash', not exists (
      select from pg_catalog.pg_partitioned_table
      where partrelid = $1::int8::oid and partstrat = 'h')),
    ('has partitions of partitions', exists (select from parts where level > 1)),
    ('is itself a partition', exists (
      select from pg_catalog.pg_class where oid = $1::int8::oid and relispartition)),
    ('is not owned by this login', not exists (
      select from pg_catalog.pg_class
      where oid = $1::int8::oid and pg_catalog.pg_has_role(relowner, 'usage'))),
    ('cannot be copied without CREATE on the database', not
      pg_catalog.has_database_privilege(current_database(), 'create')),
    ('is referred to by foreign keys, which it would lose', exists (
      select from pg_catalog.pg_constraint
      where contype = 'f' and confrelid = $1::int8::oid)),
    ('has triggers, which it would lose', exists (
      select from pg_catalog.pg_trigger
      where tgrelid in (select oid from parts) and not tgisinternal)),
    ('has policies, which it would lose', exists (
      select from pg_catalog.pg_policy where polrelid in (select oid from parts))),
    ('is published, and would not be any more', exists (
      select from pg_catalog.pg_publication_rel where prrelid in (select oid from parts))),
    ('has views that depend on it', exists (
      select from pg_catalog.pg_depend
      where classid = 'pg_catalog.pg_rewrite'::regclass
        and refclassid = 'pg_catalog.pg_class'::regclass
        and refobjid in (select oid from parts)))
  ) as obstacle (what, is_there)
  where is_there`;

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

/** Rejects with the server's failure; then nothing is changed once the connection has rolled back. */
export async function exchange(
  connection: FaultTarget,
  { table, partitions, seen }: ExchangeOptions,
): Promise<void> {
  const [names] = await connection.query(namesSql, [table.oid]);
  const { schema, name, referred } = names as Readonly<Record<string, string>>;
  const locked = [table.name, ...(referred ? [referred] : [])].join(", ");
  await patiently(seen, async () => {
    await connection.query("begin");
    try {
      await connection.query(`set local lock_timeout = ${lockTimeoutMs}`);
      await connection.query(`lock table ${locked} in share row exclusive mode`);
    } catch (error) {
      await connection.query("rollback");
      throw error;
    }
  });
  const lockedMs = performance.now();
  const since = (ms: number) => Math.round(performance.now() - ms);
  await connection.query("create schema loadgen_repartition");
  const copy = `loadgen_repartition.${String(name)}`;
  for (const sql of await made(connection, { table, copy, partitions })) {
    await connection.query(sql);
  }
  seen.rows = await moved(connection, { from: table.name, to: copy, oid: table.oid });
  for (const { sql } of await connection.query(afterDataSql, [table.oid, copy])) {
    await connection.query(String(sql));
  }
  await connection.query(`analyze ${copy}`);
  seen.writersMs = since(lockedMs);
  await patiently(seen, async () => {
    await connection.query("savepoint asking");
    try {
      await connection.query(`lock table ${table.name} in access exclusive mode`);
    } catch (error) {
      await connection.query("rollback to asking");
      throw error;
    }
  });
  const exclusiveMs = performance.now();
  await connection.query(`drop table ${table.name}`);
  for (const { sql } of await connection.query(movesSql, [copy, schema])) {
    await connection.query(String(sql));
  }
  await connection.query("drop schema loadgen_repartition");
  await connection.query("commit");
  seen.writersMs = since(lockedMs);
  seen.allMs = since(exclusiveMs);
}

/** lock_not_available, and deadlock_detected where somebody else set the timeout lower. */
const inTheWay = ["55P03", "40P01"];

async function patiently(seen: Exchanged, lock: () => Promise<void>): Promise<void> {
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

/** Quoted for SQL; `referred` is a list, and null where it refers to none. */
const namesSql = `
  select quote_ident(namespace.nspname) as schema, quote_ident(class.relname) as name,
    (select string_agg(distinct format('%I.%I', other_space.nspname, other.relname), ', ')
     from pg_catalog.pg_constraint as key
     join pg_catalog.pg_class as other on other.oid = key.confrelid
     join pg_catalog.pg_namespace as other_space on other_space.oid = other.relnamespace
     where key.conrelid = class.oid and key.contype = 'f' and key.conparentid = 0
       and key.confrelid <> class.oid) as referred
  from pg_catalog.pg_class as class
  join pg_catalog.pg_namespace as namespace on namespace.oid = class.relnamespace
  where class.oid = $1::int8::oid`;

/** Statements that make the copy, with its owner, privileges and settings, but without keys and indexes. */
async function made(
  connection: FaultTarget,
  { table, copy, partitions }: Pick<ExchangeOptions, "table" | "partitions"> & { copy: string },
): Promise<readonly string[]> {
  const rows = await connection.query(makingSql, [table.oid, table.name, copy, partitions]);
  return rows.map(({ sql }) => String(sql));
}

/**
 * Partitions are called as theirs were: by what stands before the number of the first of them, which
 * has as many digits as the last new one needs, at least two.
 */
const makingSql = `
  with class as (select * from pg_catalog.pg_class where oid = $1::int8::oid),
  first_part as (
    select part.relname, part.reloptions, part.relreplident
    from pg_catalog.pg_inherits
    join pg_catalog.pg_class as part on part.oid = inhrelid
    where inhparent = $1::int8::oid order by part.relname limit 1
  ),
  numbers as (
    select number, format('%I.%I', 'loadgen_repartition',
      regexp_replace((select relname from first_part), '_?[0-9]+$', '') || '_'
        || lpad(number::text, greatest(2, length(($4::int4 - 1)::text)), '0')) as part
    from generate_series(0, $4::int4 - 1) as number
  )
  select sql from (
    select 0 as place, 0 as number, format(
      'create table %s (like %s including defaults including constraints including identity '
        'including generated including storage including comments including statistics) partition by %s',
      $3, $2, pg_catalog.pg_get_partkeydef($1::int8::oid)) as sql
    union all
    select 1, number, format(
      'create table %s partition of %s for values with (modulus %s, remainder %s)%s',
      part, $3, $4, number,
      ' with (' || array_to_string((select reloptions from first_part), ', ') || ')')
    from numbers
    union all
    select 2, number, format('alter table %s replica identity full', part)
    from numbers where (select relreplident from first_part) = 'f'
    union all
    select 3, 0, format('alter table %s replica identity full', $3)
    from class where relreplident = 'f'
    union all
    select 4, 0, format('grant %s on %s to %s', acl.privilege_type, $3,
      case when acl.grantee = 0 then 'public' else quote_ident(pg_catalog.pg_get_userbyid(acl.grantee)) end)
    from class cross join lateral aclexplode(class.relacl) as acl
    where acl.grantee <> class.relowner
  ) as statement
  order by place, number`;

interface Moving {
  readonly from: string;
  readonly to: string;
  readonly oid: number;
}

/** Resolves with how many. Identities go on where they were. */
async function moved(connection: FaultTarget, { from, to, oid }: Moving): Promise<number> {
  const [columns] = await connection.query(columnsSql, [oid]);
  const names = String(columns?.names);
  const [row] = await connection.query(
    `with moved as (
       insert into ${to} (${names}) overriding system value select ${names} from ${from}
       returning 1
     )
     select count(*)::float8 as rows from moved`,
  );
  for (const { column } of await connection.query(identitiesSql, [oid])) {
    const [old] = await connection.query(
      "select pg_get_serial_sequence($1, $2) as old, pg_get_serial_sequence($3, $2) as new",
      [from, column, to],
    );
    await connection.query(
      `select setval($1::text::regclass, last_value, is_called) from ${String(old?.old)}`,
      [old?.new],
    );
  }
  return Number(row?.rows);
}

const columnsSql = `
  select string_agg(quote_ident(attname), ', ' order by attnum) as names
  from pg_catalog.pg_attribute
  where attrelid = $1::int8::oid and attnum > 0 and not attisdropped and attgenerated = ''`;

const identitiesSql = `
  select attname as column from pg_catalog.pg_attribute
  where attrelid = $1::int8::oid and attnum > 0 and not attisdropped and attidentity <> ''`;

/** Keys first, then indexes of their own, then foreign keys, each in the order in which they were made. */
const afterDataSql = `
  select sql from (
    select 0 as place, oid, format('alter table %s add constraint %I %s', $2::text, conname,
      pg_catalog.pg_get_constraintdef(oid)) as sql
    from pg_catalog.pg_constraint
    where conrelid = $1::int8::oid and contype in ('p', 'u', 'x')
    union all
    select 1, indexrelid, regexp_replace(pg_catalog.pg_get_indexdef(indexrelid),
      ' ON (ONLY )?.*? USING ', format(' ON %s USING ', $2::text))
    from pg_catalog.pg_index
    where indrelid = $1::int8::oid
      and not exists (select from pg_catalog.pg_constraint where conindid = indexrelid and conrelid = $1::int8::oid)
    union all
    select 2, oid, format('alter table %s add constraint %I %s', $2::text, conname,
      pg_catalog.pg_get_constraintdef(oid))
    from pg_catalog.pg_constraint
    where conrelid = $1::int8::oid and contype = 'f' and conparentid = 0
  ) as statement
  order by place, oid`;

/** Indexes, constraints and sequences go with their tables. */
const movesSql = `
  select format('alter table %s set schema %s', relid::regclass, $2::text) as sql
  from pg_catalog.pg_partition_tree($1::text::regclass)
  order by level`;
