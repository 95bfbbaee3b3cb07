/** Errors, losses and outcomes. */
import { Failure, refuse } from "../../../../src/core/failure.ts";
import type { Random } from "../../../../src/core/random.ts";
import { attempt, defaultRetry } from "../../../../src/core/retry.ts";
import { statement } from "../../../../src/core/step.ts";
import {
  atomically,
  execute as executing,
  guarded,
  queryOne,
  type Transaction,
} from "../../../../src/core/transaction.ts";
import {
  begin,
  type Case,
  commit,
  ending,
  execute,
  isAlive,
  kill,
  elsewhere,
  type Play,
  playing,
  type PlayStep,
  query,
  rollback,
} from "./play.ts";

const series = "from generate_series(1, 9) n";

const errors: readonly (readonly [string, string, PlayStep])[] = [
  ["before the first row", "22012", query("select 1 / 0")],
  ["after the first rows", "22012", query(`select 1 / (3 - n) ${series}`)],
  ["after many rows", "22012", query("select 1 / (1e4 - n) from generate_series(1, 2e4) n")],
  ["while parsing", "42601", query("select $1::integer +", 1)],
  ["while parsing without parameters", "42601", query("selec")],
  ["while analysing", "42P01", query("select * from nowhere where $1", true)],
  ["while binding", "22P02", query("select $1::integer", "x")],
  ["while executing", "22012", query("select 1 / $1::integer", 0)],
  ["after rows with parameters", "22012", query(`select 1 / ($1::integer - n) ${series}`, 3)],
  ["where no rows are wanted", "22012", execute(`select 1 / ($1::integer - n) ${series}`, 3)],
  ["of a unique key", "23505", execute("insert into single values (1)")],
  ["of a unique key, with rows", "23505", query("insert into single values ($1) returning id", 1)],
  ["of a serialization", "40001", query("select raised('40001')")],
  ["of a deadlock", "40P01", query("select raised($1)", "40P01")],
  [
    "behind rows of a function",
    "40001",
    query(`select raised(case n when 5 then '40001' end) ${series}`),
  ],
];

const errorCases = errors.map(([when, code, step]) =>
  ending(
    ["0", "0", code, "25P02", "0", code, "1"],
    `an error ${when} (${code})`,
    begin,
    execute("savepoint s"),
    step,
    isAlive,
    rollback,
    step,
    isAlive,
  ),
);

const timeoutCases = [
  ending(
    ["0", "57014", "57014", "1"],
    "the server's own timeout, which leaves the connection as it is",
    execute("set statement_timeout = 30"),
    query("select pg_sleep($1)", 600),
    execute("select pg_sleep(600)"),
    isAlive,
  ),
  ending(
    ["0", "0", "0", "57014", "0", "1"],
    "the server's own timeout in a transaction, behind rows",
    begin,
    execute("set local statement_timeout = 30"),
    execute("savepoint s"),
    query("select pg_sleep(n / 3 * 600) from generate_series(1, 9) n"),
    execute("rollback to savepoint s"),
    isAlive,
  ),
  ending(
    ["0", "0", "0", "55P03", "0", "0"],
    "a lock that somebody else has",
    elsewhere("select pg_advisory_lock(7)"),
    begin,
    execute("set local lock_timeout = 30"),
    query("select pg_advisory_xact_lock($1)", 7),
    rollback,
    elsewhere("select pg_advisory_unlock_all()"),
  ),
];

const transactionCases = [
  ending(
    ["0", "0", "23503?", "1", "0"],
    "a deferred constraint, which fails at COMMIT",
    begin,
    execute("insert into child values ($1)", 1),
    commit,
    isAlive,
    query("select id from child"),
  ),
  ending(
    ["0", "0", "22012", "commit-rolled-back", "1", "0"],
    "COMMIT of a transaction that is aborted",
    begin,
    execute("insert into single values (8)"),
    query("select 1 / 0"),
    commit,
    isAlive,
    query("select id from single where id = 8"),
  ),
  ending(
    ["0", "0", "23505", "0", "1", "0", "1"],
    "a savepoint, after which the transaction goes on",
    begin,
    execute("savepoint s"),
    execute("insert into single values (1)"),
    execute("rollback to savepoint s"),
    query("insert into single values (20) returning id"),
    commit,
    query("delete from single where id = 20 returning id"),
  ),
  ending(
    ["0", "0", "0", "0"],
    "what was rolled back is not there",
    begin,
    execute("insert into single values (30)"),
    rollback,
    query("select id from single where id = 30"),
  ),
];

const lossCases = [
  ending(
    ["0", "0", "lost", "lost", "lost"],
    "a backend that ends under a query",
    begin,
    execute("insert into single values (40)"),
    query("select pg_terminate_backend(pg_backend_pid())"),
    isAlive,
    commit,
  ),
  ending(
    ["0", "0", "lost", "lost"],
    "a backend that ends under a statement",
    begin,
    execute("insert into single values (41)"),
    execute("select pg_terminate_backend(pg_backend_pid())"),
    commit,
  ),
  ending(
    ["0", "0", "0", "lost", "lost"],
    "a backend that ends before a query",
    begin,
    execute("insert into single values (42)"),
    kill,
    isAlive,
    commit,
  ),
  ending(
    ["0", "0", "0", "lost", "lost"],
    "a backend that ends before a write",
    begin,
    execute("insert into single values (43)"),
    kill,
    execute("insert into single values (44)"),
    commit,
  ),
  ending(
    ["0", "0", "0", "lost", "lost"],
    "a backend that ends before a write that returns rows",
    begin,
    execute("insert into single values (45)"),
    kill,
    query("insert into single values (46) returning id"),
    commit,
  ),
  ending(
    ["0", "0", "0", "lost", "lost"],
    "a backend that ends before what no WITH clause takes",
    begin,
    execute("insert into single values (47)"),
    kill,
    query("show search_path"),
    commit,
  ),
  ending(
    ["0", "0", "0", "lost", "lost"],
    "a backend that ends before a savepoint",
    begin,
    execute("insert into single values (48)"),
    kill,
    execute("savepoint s"),
    commit,
  ),
  ending(
    ["lost", "lost"],
    "a backend that ends outside BEGIN",
    query("select pg_terminate_backend(pg_backend_pid()), $1::integer", 1),
    isAlive,
  ),
  ending(
    ["0", "lost", "lost"],
    "an error that is a farewell by its SQLSTATE alone",
    begin,
    query("select raised($1)", "57P01"),
    commit,
  ),
  ending(["lost", "lost"], "parameters that the statement has not", query("select 1", 5), isAlive),
  ending(["lost", "lost"], "a zero character in the statement", query("select 'a\0b'"), isAlive),
];

const insert = statement("insert", "insert into single values ($1)");
const raise = statement("raise", "select raised($1)");
const settings = { isolation: "read-committed", holdMs: 0 } as const;

/** A transaction's outcome, with the codes of all its attempts. */
function outcome(
  name: string,
  expected: string,
  body: (attempt: number) => Transaction<unknown>,
): Case {
  function* play(): Play {
    let count = 0;
    const jitter = (): Random => ({ between: () => 0 }) as unknown as Random;
    const listener = { began: () => count++, failed: () => undefined };
    const steps = () => atomically(settings, () => body(count));
    const { outcome, failures, attempts } = yield* attempt(steps, defaultRetry, {
      jitter,
      listener,
    });
    const codes = failures.map(({ kind, code }) => (kind === "connection" ? "lost" : code));
    return [[outcome.kind, attempts, ...codes].join(" ")];
  }
  return { name: `outcome: ${name}`, play, outline: [expected] };
}

const outcomeCases = [
  outcome("committed", "committed 1", () => executing(insert, 50)),
  outcome("refused by the scenario", "aborted 1 no-stock", function* () {
    yield* executing(insert, 51);
    refuse("no-stock", "there is none");
  }),
  outcome("more rows than one", "aborted 1 row-count", function* () {
    yield* queryOne(statement("many", "select generate_series(1, 2) as n"));
  }),
  outcome("tried again", "committed 3 40001 40P01", function* (attempt) {
    yield* executing(insert, 52);
    if (attempt < 3) yield* queryOne(raise, attempt === 1 ? "40001" : "40P01");
  }),
  outcome("a duplicate, undone to a savepoint", "committed 1", function* () {
    yield* guarded(
      ["23505"],
      () => executing(insert, 1),
      () => executing(insert, 53),
    );
  }),
  outcome("an error that nobody tries again", "aborted 1 23505", () => executing(insert, 1)),
  outcome("refused at COMMIT", "aborted 1 23503", () =>
    executing(statement("orphan", "insert into child values (1)")),
  ),
  outcome("an error that the scenario hides", "aborted 1 commit-rolled-back", function* () {
    try {
      yield* executing(insert, 1);
    } catch (failure) {
      if (!(failure instanceof Failure)) throw failure;
    }
  }),
  outcome("lost before COMMIT", "aborted 1 lost", function* () {
    yield* executing(insert, 54);
    yield* executing(statement("leave", "select pg_terminate_backend(pg_backend_pid())"));
  }),
  outcome("lost under COMMIT", "unknown 1 lost", function* () {
    yield* executing(statement("leaving", "insert into leaving values (1)"));
  }),
];

/** What is there after all of the above: run last, by a name that says so. */
export const remains = playing("what remains", query("select id from single order by id"));

export const failureCases: readonly Case[] = [
  ...errorCases,
  ...timeoutCases,
  ...transactionCases,
  ...lossCases,
  ...outcomeCases,
  remains,
];
