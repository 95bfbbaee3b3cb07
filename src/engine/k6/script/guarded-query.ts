/**
 * A query inside a WITH clause, whose rows are counted by the server before the first one comes, so
 * that an error comes in place of rows, and rows that never came are missed. Each row names its
 * backend, since what a lost connection's place is taken by answers as if nothing were; and the
 * first one says of which columns they are, unless that is known.
 */
import { sqlTokens } from "../../../core/sql-tokens.ts";
import type { Row, Statement } from "../../../core/step.ts";
import { insideWith } from "../../../core/with-clause.ts";
import { mayBeSeveral, notPortable, statementsIn } from "./not-portable.ts";
import { type Columns, columnsOf, columnsSql, rowsOf } from "./rows.ts";
import type { RawRow } from "./wire.ts";

/**
 * - `counted`: as above.
 * - `rowless`: it changes rows and returns none.
 * - `bare`: no WITH clause takes it.
 */
export type Query = CountedQuery | { readonly kind: "rowless" | "bare" };

const made = new WeakMap<Statement, Query>();

/** Throws a Failure for what k6 would answer with other rows. */
export function queryOf(statement: Statement): Query {
  let query = made.get(statement);
  if (query === undefined) {
    query = queryIn(statement.sql);
    made.set(statement, query);
  }
  return query;
}

function queryIn(sql: string): Query {
  if (mayBeSeveral(sql) && statementsIn(sql).length > 1) {
    throw notPortable("of several statements in one text the rows are another one's");
  }
  const { head, main } = withoutHead(sql);
  const inside = insideWith(main);
  if (inside === null) return { kind: "bare" };
  const returnsNothing = inside !== main.replace(/;\s*$/, "");
  return returnsNothing ? { kind: "rowless" } : new CountedQuery(head, inside);
}

const mainWords = ["select", "values", "table", "insert", "update", "delete", "merge"];

/** A WITH clause of its own goes on with ours. */
function withoutHead(sql: string): { readonly head: string; readonly main: string } {
  const alone = { head: "with ", main: sql };
  if (/^\s*(select|insert|update|delete|values)\b/i.test(sql)) return alone;
  let depth = 0;
  let isWith = false;
  for (const { kind, text, offset } of sqlTokens(sql)) {
    const word = kind === "sql" ? text.toLowerCase() : "";
    if (word.trim() === "") continue;
    if (!isWith && word !== "with") break;
    isWith = true;
    if (word === "(") depth++;
    else if (word === ")") depth--;
    else if (depth === 0 && mainWords.includes(word)) {
      return { head: `${sql.slice(0, offset)}, `, main: sql.slice(offset) };
    }
  }
  return alone;
}

const names = { count: "loadgen_count", backend: "loadgen_backend", columns: "loadgen_columns" };

/** Rows with the guards' columns, and of which columns they are. */
export type Checked = "replaced" | "shortened" | readonly Row[];

export class CountedQuery {
  readonly kind = "counted";
  /** What to send next. */
  sql: string;
  readonly #counting: string;
  #columns: Columns | null = null;

  constructor(head: string, inside: string) {
    // A window over all rows is not known before the last of them is. PostgreSQL manual, section 3.5.
    this.#counting = `${head}loadgen_query as materialized (
${inside}
)
select loadgen_query.*, (count(*) over ())::int4 as ${names.count},
pg_catalog.pg_backend_pid() as ${names.backend}`;
    const described = `case row_number() over () when 1 then ${columnsSql("loadgen_query")} end`;
    this.sql = `${this.#counting}, ${described} as ${names.columns} from loadgen_query`;
  }

  /**
   * What came of it.
   * @param backend that the transaction began on.
   * Throws a Failure if k6 cannot deliver the rows as the other engine does.
   */
  check(rows: readonly RawRow[], backend: number | null): Checked {
    const [first] = rows;
    if (first === undefined) return [];
    if (first[names.backend] !== backend) return "replaced";
    if (first[names.count] !== rows.length) return "shortened";
    if (this.#columns !== null) return rowsOf(rows, this.#columns, 2);
    const columns = columnsOf(first[names.columns] as string);
    const read = rowsOf(rows, columns, 3);
    this.#columns = columns;
    this.sql = `${this.#counting} from loadgen_query`;
    return read;
  }
}
