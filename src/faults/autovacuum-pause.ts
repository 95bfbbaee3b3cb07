/**
 * autovacuum-pause: no autovacuum on any table of the database.
 *
 * What it does: sets autovacuum_enabled=false, and toast.autovacuum_enabled=false where there is a
 * toast table, on every table. On every leaf: a partitioned parent has no storage, so storage
 * parameters set on it would reach no child.
 * Why it works: the autovacuum workers read the parameter for each table before they vacuum it; a
 * vacuum that is already running is not stopped, and wraparound protection still runs.
 * What proves it: by the server's statistics no autovacuum ran in the fault while dead rows grew;
 * before and after it some ran, or, without a baseline, tables were due for one at its end.
 * What it leaves behind: dead rows, until autovacuum has caught up. The parameters are put back to
 * what they were before, table by table, not to a default.
 * Privileges: ownership of the tables (ALTER TABLE takes SHARE UPDATE EXCLUSIVE for this: it waits
 * for a running vacuum and does not block reads or writes).
 * Blast radius: database. Managed servers: works where the login owns the tables.
 */
import { z } from "zod";
import { type Fault, type FaultTarget, nothingInForce, type UndoRecord } from "./fault.ts";
import { deadRows } from "./debts.ts";
import { unreadable } from "./journal.ts";

export const autovacuumPause: Fault = {
  name: "autovacuum-pause",
  summary: "switches autovacuum off on every table and its toast table",
  radius: "database",
  dropsConnections: false,
  endsTransactions: false,
  parameters: {},

  async check({ target }) {
    const rows = await target.query(`${leafTables} and not pg_has_role(c.relowner, 'usage')`);
    return rows.map((row) => `autovacuum-pause needs the ownership of ${String(row.name)}`);
  },

  undo: {
    async prepare({ target }) {
      const tables = (await target.query(leafTables)).map((row) => ({
        oid: String(row.oid),
        name: String(row.name),
        hasToast: row.has_toast === true,
        options: String(row.options),
        toastOptions: String(row.toast_options),
      }));
      return { tables };
    },

    async perform({ target }, record) {
      const left: string[] = [];
      let cause: unknown;
      for (const statement of await statementsFor(target, recordsOf(record))) {
        try {
          await target.query(statement);
        } catch (error) {
          // One table that refuses must not keep the others paused.
          cause ??= error;
          left.push(statement);
        }
      }
      if (left.length === 0) return;
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`${why}. Left to do, by hand: ${left.join("; ")};`, { cause });
    },
  },

  async inject(context, _parameters, record) {
    for (const { name, hasToast } of recordsOf(record)) {
      const parameters = ["autovacuum_enabled", ...(hasToast ? ["toast.autovacuum_enabled"] : [])];
      const settings = parameters.map((parameter) => `${parameter} = false`).join(", ");
      // A table may have been dropped since it was read.
      await context.target.query(`alter table if exists ${name} set (${settings})`);
    }
    return nothingInForce;
  },

  prove({ baseline, fault, recovery }) {
    const tables = fault.tables;
    if (tables === null) {
      return { effective: false, evidence: "the table statistics could not be read" };
    }
    const parts = [
      `${tables.autovacuums} vacuums in the fault while dead rows grew from ` +
        `${tables.deadTuplesAtStart} to ${tables.deadTuplesAtEnd}`,
    ];
    const grew = tables.deadTuplesAtEnd > tables.deadTuplesAtStart;
    let effective = tables.autovacuums === 0 && grew;
    if (baseline === null) {
      // Nothing shows that vacuums would have come, but that tables are due for one.
      parts.push(`${tables.tablesDueAtEnd} tables were due for one at its end`);
      effective &&= tables.tablesDueAtEnd > 0;
    }
    for (const [name, window] of [
      ["baseline", baseline],
      ["recovery", recovery],
    ] as const) {
      if (window === null) {
        parts.push(`no ${name} window`);
        continue;
      }
      const autovacuums = window.tables?.autovacuums ?? 0;
      parts.push(`${autovacuums} in the ${name}`);
      // Without vacuums before and after, their absence in between shows nothing.
      effective &&= autovacuums > 0;
    }
    return { effective, evidence: parts.join(", ") };
  },
  debt: deadRows,
};

/**
 * Ordinary tables, partitions included, outside the system's schemas and our own journal's. By their
 * full names: whoever restores may have another search_path.
 */
const leafTables = `
  select c.oid::text as oid, format('%I.%I', n.nspname, c.relname) as name, c.reltoastrelid <> 0 as has_toast,
         coalesce(array_to_json(c.reloptions)::text, '[]') as options,
         coalesce(array_to_json(t.reloptions)::text, '[]') as toast_options
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  left join pg_catalog.pg_class t on t.oid = c.reltoastrelid
  where c.relkind = 'r' and c.relpersistence <> 't'
    and n.nspname not in ('pg_catalog', 'information_schema', 'loadgen_chaos')`;

const parameterPrefix = "autovacuum_enabled=";

/** As it was written, in any of the server's spellings of a boolean: all are words, and fit for SQL. */
function isOtherOrWord(option: string): boolean {
  return !option.startsWith(parameterPrefix) || /^\w+$/.test(option.slice(parameterPrefix.length));
}

/** A JSON array of `name=value`, as pg_class.reloptions has them. */
const optionsSchema = z
  .string()
  .transform((text): unknown => JSON.parse(text))
  .pipe(z.array(z.string().refine(isOtherOrWord, `expected a word after ${parameterPrefix}`)));

const undoSchema = z.object({
  tables: z.array(
    z.object({
      /** Stays the same when the table is renamed meanwhile. */
      oid: z.string().regex(/^\d+$/),
      name: z.string(),
      hasToast: z.boolean(),
      options: optionsSchema,
      toastOptions: optionsSchema,
    }),
  ),
});

type TableRecord = z.infer<typeof undoSchema>["tables"][number];

/** Whoever can write to the database can write to its journal: nothing else of it becomes SQL. Throws JournalError. */
function recordsOf(undo: UndoRecord | null): readonly TableRecord[] {
  try {
    return undoSchema.parse(undo).tables;
  } catch (error) {
    throw unreadable("what autovacuum-pause is to undo", error);
  }
}

/** Puts back the parameters that were changed, as they were: set to the old value, or not set at all. */
async function statementsFor(
  target: FaultTarget,
  tables: readonly TableRecord[],
): Promise<readonly string[]> {
  const rows = await target.query(leafTables);
  const nameOf = new Map(rows.map((row) => [row.oid, String(row.name)]));
  return tables.flatMap((table) => {
    const name = nameOf.get(table.oid);
    // Dropped meanwhile, and the parameters with it.
    if (name === undefined) return [];
    const actions = [
      action("autovacuum_enabled", table.options),
      ...(table.hasToast ? [action("toast.autovacuum_enabled", table.toastOptions)] : []),
    ];
    return actions.map((text) => `alter table ${name} ${text}`);
  });
}

function action(parameter: string, before: readonly string[]): string {
  const value = valueBefore(before);
  return value === null ? `reset (${parameter})` : `set (${parameter} = '${value}')`;
}

/** Null: it was not set. */
function valueBefore(options: readonly string[]): string | null {
  const option = options.find((text) => text.startsWith(parameterPrefix));
  return option?.slice(parameterPrefix.length) ?? null;
}
