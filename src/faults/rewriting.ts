/** Writes rows of a table anew as they are, a few pages at a time, from all over the table. */
import type { Random } from "../core/random.ts";
import type { FaultConnection, FaultTarget } from "./fault.ts";
import type { ChosenTable } from "./tables.ts";

/** A table that stores rows, with a column that may be set to its own value. */
export interface RewritableLeaf {
  readonly oid: number;
  /** In full, quoted for SQL, as is the column. */
  readonly name: string;
  readonly column: string;
}

/** Why its rows cannot be written anew unnoticed, as sentences. */
export async function rewriteProblems(
  target: FaultTarget,
  table: ChosenTable,
): Promise<readonly string[]> {
  const rows = await target.query(obstaclesSql, [table.oid]);
  return rows.map(({ name, triggers, allowed, has_column }) => {
    if (allowed !== true) return `bloat needs SELECT and UPDATE on ${String(name)}`;
    if (has_column !== true) return `bloat finds no column in ${String(name)} that may be updated`;
    return `bloat would fire ${String(triggers)} on ${String(name)}: name another table with table=`;
  });
}

/** In the order of their names. */
export async function rewritableLeaves(
  target: FaultTarget,
  table: ChosenTable,
): Promise<readonly RewritableLeaf[]> {
  const rows = await target.query(leavesSql, [table.oid]);
  return rows.map((row) => ({
    oid: Number(row.oid),
    name: String(row.name),
    column: String(row.column),
  }));
}

/** Columns that an UPDATE may set: neither generated, nor identities that are always so. */
const leafParts = `
  from (
    -- A table that is no partition and has none is no tree.
    select relid from pg_catalog.pg_partition_tree($1::int8::oid)
    union select $1::int8::oid
  ) as part
  join pg_catalog.pg_class as leaf on leaf.oid = part.relid and leaf.relkind = 'r'
  join pg_catalog.pg_namespace as namespace on namespace.oid = leaf.relnamespace
  left join lateral (
    select quote_ident(attname) as name
    from pg_catalog.pg_attribute
    where attrelid = leaf.oid and attnum > 0 and not attisdropped
      and attgenerated = '' and attidentity <> 'a'
    order by attnum
    limit 1
  ) as settable on true`;

const leavesSql = `
  select leaf.oid::int8::float8 as oid, format('%I.%I', namespace.nspname, leaf.relname) as name,
    settable.name as column
  ${leafParts}
  order by 2`;

/** Bit 4 of tgtype: on UPDATE. Those that check foreign keys are internal, and pass over equal keys. */
const obstaclesSql = `
  select * from (
    select format('%I.%I', namespace.nspname, leaf.relname) as name,
      settable.name is not null as has_column,
      pg_catalog.has_table_privilege(leaf.oid, 'select')
        and pg_catalog.has_table_privilege(leaf.oid, 'update') as allowed,
      (select string_agg('the trigger ' || tgname, ', ' order by tgname)
       from pg_catalog.pg_trigger
       where tgrelid = leaf.oid and not tgisinternal and tgenabled <> 'D' and tgtype & 16 <> 0)
        as triggers
    ${leafParts}
  ) as found
  where triggers is not null or not has_column or not allowed
  order by name`;

/** A few hundred rows, written within some milliseconds. */
const pagesAtATime = 8;

/** Whoever has locked the whole table is not waited for. */
const settingsSql = `
  select set_config('lock_timeout', '100ms', false),
    set_config('default_transaction_isolation', 'read committed', false),
    -- Dead rows are meant, and no waiting for the disk.
    set_config('synchronous_commit', 'off', false)`;

const lockNotAvailable = "55P03";

export interface RewritingOptions {
  readonly leaves: readonly RewritableLeaf[];
  readonly budgetBytes: number;
  readonly random: Random;
}

export class Rewriting {
  readonly #connection: FaultConnection;
  readonly #options: RewritingOptions;
  readonly #spent = new AbortController();
  /** Of the table with its indexes; null: not looked at yet. */
  #bytesBefore: number | null = null;
  #bytes = 0;
  #rows = 0;

  private constructor(connection: FaultConnection, options: RewritingOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  static async begin(connection: FaultConnection, options: RewritingOptions): Promise<Rewriting> {
    await connection.query(settingsSql);
    return new Rewriting(connection, options);
  }

  /** That were written anew, by the server's count. */
  get rows(): number {
    return this.#rows;
  }

  /** Since the first look; what others write to the table is in it. */
  get grownBytes(): number {
    return this.#bytes - (this.#bytesBefore ?? this.#bytes);
  }

  /** Aborts once the table has grown by the budget. */
  get spent(): AbortSignal {
    return this.#spent.signal;
  }

  /** One small transaction; none where the budget is spent, or somebody has locked the table. */
  async rewriteSome(): Promise<void> {
    try {
      const pagesOf = await this.#measure();
      if (this.grownBytes >= this.#options.budgetBytes) {
        this.#spent.abort();
        return;
      }
      const { leaf, pages } = this.#draw(pagesOf);
      if (leaf !== undefined) this.#rows += await this.#rewrite(leaf, pages);
    } catch (error) {
      if ((error as { code?: string }).code !== lockNotAvailable) throw error;
    }
  }

  /** Resolves with how many pages each leaf has. */
  async #measure(): Promise<readonly number[]> {
    const oids = this.#options.leaves.map(({ oid }) => oid);
    const rows = await this.#connection.query(sizesSql, [oids]);
    this.#bytes = rows.reduce((sum, row) => sum + Number(row.bytes), 0);
    this.#bytesBefore ??= this.#bytes;
    return rows.map((row) => Number(row.pages));
  }

  /** Pages of one leaf, so that all pages of the table are as likely. No leaf: they are all empty. */
  #draw(pagesOf: readonly number[]) {
    const { leaves, random } = this.#options;
    const all = pagesOf.reduce((sum, pages) => sum + pages, 0);
    let left = all === 0 ? 0 : random.below(all);
    const index = pagesOf.findIndex((pages) => (left -= pages) < 0);
    const pages = pagesOf[index] ?? 0;
    return {
      leaf: leaves[index],
      pages: random.distinctBelow(pages, Math.min(pagesAtATime, pages)),
    };
  }

  async #rewrite({ name, column }: RewritableLeaf, pages: readonly number[]): Promise<number> {
    const [row] = await this.#connection.query(rewriteSql(name, column), [pages]);
    return Number(row?.rows);
  }
}

/** In the order of the leaves given; one that was dropped meanwhile has no size. */
const sizesSql = `
  select coalesce(pg_catalog.pg_total_relation_size(oid::oid), 0)::float8 as bytes,
    coalesce(pg_catalog.pg_relation_size(oid::oid), 0)::float8
      / current_setting('block_size')::int4 as pages
  from unnest($1::int8[]) with ordinality as leaf (oid, place)
  order by place`;

/**
 * By the rows' places, so that no index is needed and no page is read but those: a row takes at least
 * 28 bytes of its page, for its header and the pointer to it. Locked first, since an UPDATE alone would
 * wait for others.
 */
function rewriteSql(name: string, column: string): string {
  return `
    with made as (
      update only ${name} set ${column} = ${column}
      where ctid = any(array(
        select ctid from only ${name}
        where ctid = any(array(
          select format('(%s,%s)', page, place)::tid
          from unnest($1::int8[]) as page,
            generate_series(1, current_setting('block_size')::int4 / 28) as place))
        for no key update skip locked))
      returning 1
    )
    select count(*)::int4 as rows from made`;
}
