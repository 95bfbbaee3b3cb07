/**
 * What keeps a table from being replaced by another one like it: whatever the other one would lack, and
 * whatever would still mean the first one. Dropping that with it would take from the user what is theirs.
 */
import type { FaultTarget } from "./fault.ts";
import type { ChosenTable } from "./tables.ts";

/** As ends of sentences that begin with the table's name. */
export async function lossesOf(
  target: FaultTarget,
  { oid }: ChosenTable,
): Promise<readonly string[]> {
  const rows = await target.query(`${familySql} ${lossesSql} union all ${dependentsSql}`, [oid]);
  return rows.map(({ what }) => String(what));
}

/**
 * `views`: those that read the table themselves, which are made again. `own`: all relations that go and
 * come with the table. A view on a view is in neither.
 */
const familySql = `
  with parts as (
    select relid as oid, level from pg_catalog.pg_partition_tree($1::int8::oid)
    union select $1::int8::oid, 0
  ),
  part as (select class.*, parts.level from parts join pg_catalog.pg_class as class using (oid)),
  sequences as (
    select objid as oid from pg_catalog.pg_depend
    where classid = 'pg_catalog.pg_class'::regclass and deptype = 'i'
      and refclassid = 'pg_catalog.pg_class'::regclass and refobjid in (select oid from parts)
      and objid in (select oid from pg_catalog.pg_class where relkind = 'S')
  ),
  views as (
    select distinct rule.ev_class as oid
    from pg_catalog.pg_depend as dependency
    join pg_catalog.pg_rewrite as rule on rule.oid = dependency.objid
    join pg_catalog.pg_class as class on class.oid = rule.ev_class and class.relkind = 'v'
    where dependency.classid = 'pg_catalog.pg_rewrite'::regclass
      and dependency.refclassid = 'pg_catalog.pg_class'::regclass
      and dependency.refobjid in (select oid from parts)
  ),
  indexes as (
    select indexrelid as oid from pg_catalog.pg_index where indrelid in (select oid from parts)
  ),
  own as (
    select oid from parts union select oid from sequences union select oid from views
    union select oid from indexes
  ),
  types as (
    select oid from pg_catalog.pg_type where typrelid in (select oid from own)
    union
    select typarray from pg_catalog.pg_type
    where typrelid in (select oid from own) and typarray <> 0
  ),
  constraints as (
    select * from pg_catalog.pg_constraint where conrelid in (select oid from parts)
  ),
  granted as (
    select class.oid, class.relowner, acl.grantee, acl.is_grantable
    from pg_catalog.pg_class as class cross join lateral aclexplode(class.relacl) as acl
    where class.oid in (select oid from own) and acl.grantee <> class.relowner
  )`;

const superuserSql = "(select rolsuper from pg_catalog.pg_roles where rolname = current_user)";

/** What the copy would not have. */
const lossesSql = `
  select what from (values
    ('is not partitioned by hash', not exists (
      select from pg_catalog.pg_partitioned_table
      where partrelid = $1::int8::oid and partstrat = 'h')),
    ('has partitions of partitions', exists (select from parts where level > 1)),
    ('is itself a partition', exists (
      select from pg_catalog.pg_class where oid = $1::int8::oid and relispartition)),
    ('is not owned by this login', not ${superuserSql} and exists (
      select from part where level = 0 and relowner <> current_user::regrole)),
    ('has partitions of another owner than its own', (
      select count(distinct relowner) > 1 from part)),
    ('is read by views that are not owned by this login', not ${superuserSql} and exists (
      select from pg_catalog.pg_class
      where oid in (select oid from views) and relowner <> current_user::regrole)),
    ('cannot be copied without CREATE on the database', not
      pg_catalog.has_database_privilege(current_database(), 'create')),
    ('is referred to by foreign keys, which it would lose', exists (
      select from pg_catalog.pg_constraint
      where contype = 'f' and confrelid in (select oid from parts))),
    ('has triggers, which it would lose', exists (
      select from pg_catalog.pg_trigger
      where tgrelid in (select oid from parts) and not tgisinternal)),
    ('has policies, which it would lose', exists (
      select from pg_catalog.pg_policy where polrelid in (select oid from parts))),
    ('has row-level security, which it would lose', exists (
      select from part where relrowsecurity or relforcerowsecurity)),
    ('is published, and would not be any more', exists (
      select from pg_catalog.pg_publication_rel where prrelid in (select oid from parts))),
    ('has privileges on single columns, which would be lost', exists (
      select from pg_catalog.pg_attribute
      where attrelid in (select oid from own) and attacl is not null and not attisdropped)),
    ('has privileges with grant option, which would be lost', exists (
      select from granted where is_grantable)),
    ('has privileges on its sequences, which would be lost', exists (
      select from granted where oid in (select oid from sequences))),
    ('has partitions that differ in privileges or settings', (
      select count(distinct concat_ws(' ', relacl::text, reloptions::text, relreplident)) > 1
      from part where level > 0)),
    ('has settings of its TOAST tables, which would be lost', exists (
      select from pg_catalog.pg_class
      where oid in (select reltoastrelid from part) and reloptions is not null)),
    ('has statistics targets or settings of single columns, which would be lost', exists (
      select from pg_catalog.pg_attribute
      where attrelid in (select oid from parts union select oid from indexes)
        and (coalesce(attstattarget, -1) >= 0 and attnum > 0 or attoptions is not null))),
    ('has a replica identity that it would lose', exists (
      select from part where relreplident in ('i', 'n'))),
    ('is unlogged, of a foreign server or in another tablespace, which it would not be any more', exists (
      select from pg_catalog.pg_class
      where oid in (select oid from parts union select oid from indexes)
        and (relpersistence <> 'p' or reltablespace <> 0 or relkind = 'f'))),
    ('has an index that it is clustered on, which it would not be any more', exists (
      select from pg_catalog.pg_index
      where indrelid in (select oid from parts) and indisclustered)),
    ('has indexes or constraints of single partitions, which would be lost', exists (
      select from pg_catalog.pg_index
      where indrelid in (select oid from parts where level > 0)
        -- Not those of a REINDEX CONCURRENTLY under way.
        and indisvalid
        and indexrelid not in (select inhrelid from pg_catalog.pg_inherits)) or exists (
      select from constraints
      where conrelid <> $1::int8::oid and coninhcount = 0 and contype not in ('n', 't'))),
    ('has comments on indexes, keys or partitions, which would be lost', exists (
      select from pg_catalog.pg_description
      where classoid = 'pg_catalog.pg_class'::regclass and (
          objoid in (select oid from parts where level > 0) or objoid in (select oid from indexes)
          or objoid in (select oid from sequences))
        or classoid = 'pg_catalog.pg_constraint'::regclass and objoid in (
          select oid from constraints where contype in ('p', 'u', 'x', 'f'))
        or classoid = 'pg_catalog.pg_type'::regclass and objoid in (select oid from types))),
    ('has security labels, which would be lost', exists (
      select from pg_catalog.pg_seclabel
      where classoid = 'pg_catalog.pg_class'::regclass and objoid in (select oid from own))),
    ('belongs to an extension', exists (
      select from pg_catalog.pg_depend
      where classid = 'pg_catalog.pg_class'::regclass and objid in (select oid from own)
        and deptype = 'e'))
  ) as obstacle (what, is_there)
  where is_there`;

/**
 * Whatever else depends on the table, its row type, its keys or its views, such as sequences that it owns,
 * functions, columns of other tables, rules, extended statistics, views on its views. Foreign keys,
 * triggers, policies and publications have a sentence of their own.
 */
const dependentsSql = `
  select distinct 'has what depends on it, and would be lost: '
    || pg_catalog.pg_describe_object(classid, objid, objsubid)
  from pg_catalog.pg_depend
  where (refclassid = 'pg_catalog.pg_class'::regclass and refobjid in (select oid from own)
      or refclassid = 'pg_catalog.pg_type'::regclass and refobjid in (select oid from types)
      or refclassid = 'pg_catalog.pg_constraint'::regclass and refobjid in (select oid from constraints))
    and not case classid
      when 'pg_catalog.pg_class'::regclass
        then objid in (select oid from own union select reltoastrelid from part)
      when 'pg_catalog.pg_type'::regclass then objid in (select oid from types)
      when 'pg_catalog.pg_constraint'::regclass then exists (
        select from pg_catalog.pg_constraint
        where oid = objid and (
          conrelid in (select oid from parts) or confrelid in (select oid from parts)))
      when 'pg_catalog.pg_attrdef'::regclass then exists (
        select from pg_catalog.pg_attrdef where oid = objid and adrelid in (select oid from parts))
      when 'pg_catalog.pg_rewrite'::regclass then exists (
        select from pg_catalog.pg_rewrite
        where oid = objid and rulename = '_RETURN' and ev_class in (select oid from views))
      when 'pg_catalog.pg_trigger'::regclass then exists (
        select from pg_catalog.pg_trigger
        where oid = objid and (tgisinternal or tgrelid in (select oid from parts)))
      when 'pg_catalog.pg_policy'::regclass then exists (
        select from pg_catalog.pg_policy where oid = objid and polrelid in (select oid from parts))
      else classid = 'pg_catalog.pg_publication_rel'::regclass
    end`;
