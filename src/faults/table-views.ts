/** Views that read a table, dropped with it and made again over the one that takes its place. */
import type { FaultTarget } from "./fault.ts";
import type { ChosenTable } from "./tables.ts";

/** Quoted for SQL. */
export interface View {
  readonly name: string;
  /** What makes it again: its text as it is now, owner, privileges and comments. */
  readonly making: readonly string[];
}

/** Those that read it, or a partition of it, themselves. */
export async function viewsOn(target: FaultTarget, { oid }: ChosenTable): Promise<readonly View[]> {
  const rows = await target.query(viewsSql, [oid]);
  return rows.map(({ name, making }) => ({
    name: String(name),
    making: JSON.parse(String(making)) as string[],
  }));
}

/** Its options, such as security_barrier and check_option, are written as WITH takes them. */
const viewsSql = `
  with reading as (
    select distinct class.oid, class.relowner, class.relacl, class.reloptions,
      format('%I.%I', namespace.nspname, class.relname) as name
    from pg_catalog.pg_depend as dependency
    join pg_catalog.pg_rewrite as rule on rule.oid = dependency.objid
    join pg_catalog.pg_class as class on class.oid = rule.ev_class and class.relkind = 'v'
    join pg_catalog.pg_namespace as namespace on namespace.oid = class.relnamespace
    where dependency.classid = 'pg_catalog.pg_rewrite'::regclass
      and dependency.refclassid = 'pg_catalog.pg_class'::regclass
      and dependency.refobjid in (
        select relid from pg_catalog.pg_partition_tree($1::int8::oid) union select $1::int8::oid)
  ),
  making as (
    select oid, 0 as place, format('create view %s%s as %s', name,
      ' with (' || array_to_string(reloptions, ', ') || ')', pg_catalog.pg_get_viewdef(oid)) as sql
    from reading
    union all
    select oid, 1, format('alter view %s owner to %I', name, pg_catalog.pg_get_userbyid(relowner))
    from reading
    union all
    select oid, 2, format('grant %s on %s to %s', acl.privilege_type, name,
      case when acl.grantee = 0 then 'public' else quote_ident(pg_catalog.pg_get_userbyid(acl.grantee)) end)
    from reading cross join lateral aclexplode(relacl) as acl
    where acl.grantee <> relowner
    union all
    select reading.oid, 3, case when objsubid = 0
      then format('comment on view %s is %L', name, description)
      else format('comment on column %s.%I is %L', name, attname, description) end
    from reading
    join pg_catalog.pg_description as comment
      on comment.objoid = reading.oid and comment.classoid = 'pg_catalog.pg_class'::regclass
    left join pg_catalog.pg_attribute on attrelid = reading.oid and attnum = objsubid and objsubid > 0
  )
  select name, json_agg(making.sql order by place)::text as making
  from reading join making using (oid)
  group by oid, name
  order by oid`;
