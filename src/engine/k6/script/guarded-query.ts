/** A query whose rows are counted by the server, so that those that never came are missed. */
import { statement, type Statement } from "../../../core/step.ts";
import { insideWith } from "../../../core/with-clause.ts";

type RawRow = Readonly<Record<string, unknown>>;

export interface GuardedQuery {
  /** What is sent. */
  readonly statement: Statement;
  /** False: no WITH clause takes it, so that nothing is counted. */
  readonly isCounted: boolean;
  /** Without the count; null: some are missing. */
  readonly rowsOf: (rows: readonly RawRow[]) => readonly RawRow[] | null;
}

const countColumn = "loadgen_count";

const made = new WeakMap<Statement, GuardedQuery>();

export function guardedQuery(sql: Statement): GuardedQuery {
  const known = made.get(sql);
  if (known !== undefined) return known;
  const inside = insideWith(sql.sql);
  const guarded =
    inside === null
      ? { statement: sql, isCounted: false, rowsOf: (rows: readonly RawRow[]) => rows }
      : { statement: counted(sql.name, inside), isCounted: true, rowsOf: whole };
  made.set(sql, guarded);
  return guarded;
}

/** A window over all rows is not known before the last of them is. PostgreSQL manual, section 3.5. */
function counted(name: string, inside: string): Statement {
  return statement(
    name,
    `with loadgen_query as materialized (
${inside}
)
select loadgen_query.*, (count(*) over ())::int4 as ${countColumn} from loadgen_query`,
  );
}

function whole(rows: readonly RawRow[]): readonly RawRow[] | null {
  const [first] = rows;
  if (first === undefined) return rows;
  if (first[countColumn] !== rows.length) return null;
  return rows.map((row) =>
    Object.fromEntries(Object.entries(row).filter(([name]) => name !== countColumn)),
  );
}
