/** What it takes to make a second table like a hash-partitioned one, and to put it in its place. */
import type { FaultTarget } from "./fault.ts";

/** Quoted for SQL; `referred` is a list, and null where it refers to none. */
export const namesSql = `
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

/**
 * Statements that make the copy, with its privileges and settings, but without keys and indexes.
 * Partitions are called as theirs were: by what stands before the number of the first of them, which
 * has as many digits as the last new one needs, at least two.
 */
export const makingSql = `
  with class as (select * from pg_catalog.pg_class where oid = $1::int8::oid),
  first_part as (
    select part.relname, part.reloptions, part.relreplident, part.relacl, part.relowner
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
        'including generated including storage including compression including comments) partition by %s',
      $3::text, $2::text, pg_catalog.pg_get_partkeydef($1::int8::oid)) as sql
    union all
    select 1, number, format(
      'create table %s partition of %s for values with (modulus %s, remainder %s)%s',
      part, $3::text, $4::int4, number,
      ' with (' || array_to_string((select reloptions from first_part), ', ') || ')')
    from numbers
    union all
    select 2, number, format('alter table %s replica identity full', part)
    from numbers where (select relreplident from first_part) = 'f'
    union all
    select 3, 0, format('alter table %s replica identity full', $3::text)
    from class where relreplident = 'f'
    union all
    select 4, 0, format('comment on table %s is %L', $3::text, description)
    from pg_catalog.pg_description
    where objoid = $1::int8::oid and classoid = 'pg_catalog.pg_class'::regclass and objsubid = 0
    union all
    select 5, 0, format('alter table %s owner to %I', made, pg_catalog.pg_get_userbyid(relowner))
    from class cross join (select $3::text as made union all select part from numbers) as each
    where relowner <> current_user::regrole
    union all
    select 6, 0, format('grant %s on %s to %s', acl.privilege_type, made,
      case when acl.grantee = 0 then 'public' else quote_ident(pg_catalog.pg_get_userbyid(acl.grantee)) end)
    from (
      select $3::text as made, relacl, relowner from class
      union all
      select part, relacl, relowner from numbers cross join first_part
    ) as each
    cross join lateral aclexplode(relacl) as acl
    where acl.grantee <> relowner
  ) as statement
  order by place, number`;

interface Moving {
  readonly from: string;
  readonly to: string;
  readonly oid: number;
}

/** Resolves with how many. Identities go on where they were. */
export async function moved(connection: FaultTarget, { from, to, oid }: Moving): Promise<number> {
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
      "select pg_get_serial_sequence($1::text, $2::text) as old, pg_get_serial_sequence($3::text, $2::text) as new",
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
export const afterDataSql = `
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
export const movesSql = `
  select format('alter table %s set schema %s', relid::regclass, $2::text) as sql
  from pg_catalog.pg_partition_tree($1::text::regclass)
  order by level`;
