/** What xk6-sql does by itself, beside what the adapter makes of it: one observation each. */
import type { Database } from "k6/x/sql";
import { Failure } from "../../../src/core/failure.ts";
import type { ConnectionStep } from "../../../src/core/step.ts";
import { conninfo } from "../../../src/engine/k6/conninfo.ts";
import { databaseFor, open, server, tell } from "./conformance/player.ts";
import {
  begin,
  commit,
  execute,
  isAlive,
  kill,
  outlineOf,
  playerName,
  type PlayStep,
  query,
  rollback,
  told,
} from "./conformance/play.ts";

export { options } from "./conformance/player.ts";

export interface Observed {
  /** Sent as it is, by xk6-sql alone. */
  readonly raw: unknown;
  /** Performed by the adapter, in short. */
  readonly guarded: readonly string[];
  readonly lostConnections: number;
  readonly transactionsEnded: number;
}

const timeout = "60s";
const elsewhere = open(`${server()} ${conninfo({ application_name: "loadgen/elsewhere" })}`);

interface Trap {
  readonly name: string;
  readonly raw: (database: Database) => unknown;
  readonly steps: readonly PlayStep[];
  readonly timeoutMs?: number;
}

function ask(database: Database, text: string): unknown {
  return database.queryWithTimeout(timeout, text);
}

function run(database: Database, text: string): void {
  database.execWithTimeout(timeout, text);
}

function killed(): void {
  run(elsewhere, kill.sql);
}

const lateError = "select 1 / (3 - n) as a from generate_series(1, 9) n";

const changing = query("select * from changing");

const traps: readonly Trap[] = [
  {
    name: "late error",
    raw: (database) => ask(database, lateError),
    steps: [begin, query(lateError), rollback],
  },
  {
    name: "late error where no WITH clause takes it",
    raw: (database) => ask(database, `(${lateError})`),
    steps: [begin, query(`(${lateError})`), isAlive, rollback, isAlive],
  },
  {
    name: "error at the end of a lone statement",
    // The constraint is looked at when the rows are already there.
    raw: (database) => {
      const rows = ask(database, "insert into child values (5) returning id");
      return [rows, ask(database, "select id from child")];
    },
    steps: [query("insert into child values (5) returning id"), query("select id from child")],
  },
  {
    name: "killed in a transaction",
    raw: (database) => {
      run(database, "begin; insert into single values (60)");
      killed();
      run(database, "insert into single values (61)");
      run(database, "commit");
      return ask(elsewhere, "select id from single where id in (60, 61)");
    },
    steps: [
      begin,
      execute("insert into single values (62)"),
      kill,
      execute("insert into single values (63)"),
      commit,
      query("select id from single where id in (62, 63)"),
    ],
  },
  {
    name: "killed in a transaction that reads",
    raw: (database) => {
      run(database, "begin");
      killed();
      return ask(database, "select 1 as a");
    },
    steps: [begin, kill, query("select 1 as a")],
  },
  {
    name: "killed before COMMIT",
    raw: (database) => {
      run(database, "begin; insert into single values (64)");
      killed();
      run(database, "commit");
      return ask(elsewhere, "select id from single where id = 64");
    },
    steps: [begin, execute("insert into single values (65)"), kill, commit],
  },
  {
    name: "killed between transactions",
    raw: (database) => {
      const before = ask(database, "select pg_backend_pid() as pid");
      killed();
      return [before, ask(database, "select pg_backend_pid() as pid")];
    },
    steps: [begin, isAlive, commit, kill, begin, isAlive, commit],
  },
  {
    name: "COMMIT of an aborted transaction",
    raw: (database) => {
      run(database, "begin");
      try {
        run(database, "select 1 / 0");
      } catch {
        // That is what it is for.
      }
      run(database, "commit");
      return "committed";
    },
    steps: [begin, execute("select 1 / 0"), commit, isAlive],
  },
  {
    name: "client timeout",
    raw: (database) => {
      const before = ask(database, "select pg_backend_pid() as pid");
      let code: unknown = null;
      try {
        database.execWithTimeout("50ms", "select pg_sleep(600)");
      } catch (error) {
        code = (error as { value?: { code?: unknown } }).value?.code ?? "no code";
      }
      return [before, String(code), ask(database, "select pg_backend_pid() as pid")];
    },
    steps: [begin, execute("select pg_sleep(600)"), isAlive],
    timeoutMs: 300,
  },
  {
    name: "types",
    raw: (database) =>
      ask(
        database,
        "select 9007199254740993::int8 as big, '\\x41'::bytea as bytes, 1.5::numeric as n",
      ),
    steps: [
      query("select 9007199254740993::int8 as big"),
      query("select '\\x41'::bytea as bytes"),
      query("select timestamp 'infinity' as at"),
      query("select array[1] as list"),
      query("select '{}'::json as json"),
      query("select null::date as day"),
      query("select 5::oid as oid"),
      query("select 1.5::numeric as n"),
    ],
  },
  {
    name: "rows that insert did not ask for",
    raw: () => null,
    steps: [
      begin,
      query("insert into single values (70)"),
      query("delete from single where id = 70;"),
      commit,
    ],
  },
  {
    name: "an error without SQLSTATE",
    raw: (database) => {
      try {
        run(database, "select pg_terminate_backend(pg_backend_pid())");
        return "no error";
      } catch (error) {
        return (error as { value?: { code?: unknown } }).value?.code ?? "no code";
      }
    },
    steps: [begin, execute("select pg_terminate_backend(pg_backend_pid())"), isAlive],
  },
  {
    name: "several statements in a query",
    raw: (database) => ask(database, "select 1 as a; select 2 as b"),
    steps: [query("select 1 as a; select 2 as b"), isAlive],
  },
  {
    name: "COPY",
    raw: (database) => {
      try {
        run(database, "copy (select 1) to stdout");
        return null;
      } catch (error) {
        return (error as Error).message;
      }
    },
    steps: [execute("copy (select 1) to stdout"), execute("copy single from stdin"), isAlive],
  },
  {
    name: "steps as statements",
    raw: () => null,
    steps: [
      execute("begin"),
      begin,
      execute("select 1; commit"),
      query("end"),
      execute("rollback"),
      commit,
    ],
  },
  {
    name: "what cannot be in a transaction",
    raw: (database) => {
      run(database, "vacuum single");
      return "vacuumed";
    },
    steps: [execute("vacuum single"), execute("call committing()"), isAlive],
  },
  {
    name: "a column with a name of ours",
    raw: () => null,
    steps: [query("select 1 as loadgen_count, 2 as a"), query("select 1 as loadgen_columns")],
  },
  {
    name: "columns that change",
    raw: () => null,
    steps: [
      execute("create temporary table changing as select 1 as a"),
      changing,
      changing,
      execute("alter table changing add column b integer"),
      changing,
    ],
  },
];

function observed({ raw, steps, timeoutMs = 60_000 }: Trap): Observed {
  const database = open(`${server()} ${conninfo({ application_name: playerName })}`);
  const seen = raw(database);
  database.close();
  const databases = databaseFor(timeoutMs);
  databases.reconnect();
  databases.current.begin();
  const context = { operation: "write", onStatement: () => undefined };
  const performed = told(...steps);
  let next = performed.next();
  while (next.done !== true) {
    const step = next.value;
    try {
      if (step.kind === "elsewhere") run(elsewhere, step.sql);
      else {
        const rows = databases.current.perform(step as ConnectionStep, context);
        next = performed.next(rows);
        continue;
      }
      next = performed.next([]);
    } catch (failure) {
      if (!(failure instanceof Failure)) throw failure;
      next = performed.throw(failure);
    }
  }
  databases.close();
  const { lostConnections, transactionsEnded } = databases;
  return { raw: seen, guarded: outlineOf(next.value), lostConnections, transactionsEnded };
}

export default function observe(): void {
  tell(Object.fromEntries(traps.map((trap) => [trap.name, observed(trap)])));
}
