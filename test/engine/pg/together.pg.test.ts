/** Parts of a transaction side by side, each on a connection of its own. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { refuse } from "../../../src/core/failure.ts";
import type { Context, Scenario } from "../../../src/core/scenario.ts";
import { createLedger, ledgerTable } from "../../../src/core/ledger-statements.ts";
import { defineScenario } from "../../../src/core/scenario.ts";
import { statement } from "../../../src/core/step.ts";
import {
  atomically,
  execute,
  query,
  together,
  type Transaction,
} from "../../../src/core/transaction.ts";
import { append, driven, ledgerDatabase, ledgerScenario } from "../../helpers/ledger.ts";
import type { FreshDatabase } from "../../helpers/postgres.ts";

let database: FreshDatabase;

beforeEach(async () => {
  database = await ledgerDatabase();
});
afterEach(() => database.drop());

/** Each transaction is so many, side by side; each of them does `body`. */
function scenarioOf(
  parts: number,
  body: (part: number, amount: number) => Transaction = (_part, amount) => append(amount),
): Scenario {
  return defineScenario({
    ...ledgerScenario(),
    retry: { codes: [], attemptsMax: 1, backoffMs: 0, backoffMsMax: 0 },
    draw(random, _world, context) {
      const amount = random.below(1_000_000);
      return {
        operation: "append",
        inputs: [amount],
        steps: () =>
          together(
            Array.from(
              { length: parts },
              (_, part) => () => atomically(context, () => body(part, amount)),
            ),
          ),
      };
    },
  });
}

/** Of one part for the other. */
const looksMax = 5_000;

const plan = { sessions: 2, transactionsPerSession: 5 };

async function written() {
  const [row] = await database.connection.query(
    `select count(*)::int4 as rows, count(distinct pid)::int4 as backends,
       count(distinct session)::int4 as sessions from ledger`,
  );
  return row;
}

it("commit on as many connections as there are, all under the session's name", async () => {
  const rig = await driven(database.address, {
    plan: { ...plan, connectionsEach: 3 },
    scenario: scenarioOf(3),
  });
  expect(rig.counts()).toMatchObject({ committed: 10, aborted: 0, unknown: 0 });
  expect(await written()).toEqual({ rows: 30, backends: 6, sessions: 2 });
});

it("run at the same time: each waits for the other", async () => {
  // Held until the connection ends: the other sees it, whichever of the two commits first.
  const own = statement("own", "select pg_advisory_lock($1)::text");
  const held = statement(
    "held",
    "select count(*)::int4 as count from pg_locks where locktype = 'advisory' and database = $1::oid",
  );
  const oid = statement(
    "oid",
    "select oid::int4 as oid from pg_database where datname = current_database()",
  );
  // Neither commits before it has seen the other's.
  const scenario = scenarioOf(2, function* (part) {
    yield* query(own, part + 1);
    const [row] = yield* query(oid);
    for (let looks = 0; ; looks++) {
      const [seen] = yield* query(held, Number(row?.oid));
      if (seen?.count === 2) break;
      if (looks === looksMax) refuse("alone", "the other part did not run meanwhile");
    }
    yield* append(part);
  });
  const rig = await driven(database.address, {
    plan: { sessions: 1, transactionsPerSession: 1, connectionsEach: 2 },
    scenario,
  });
  expect(rig.counts()).toMatchObject({ committed: 1 });
  expect(rig.connections.inUseMax).toBe(2);
});

it("fail as one, while those that committed stay", async () => {
  const scenario = scenarioOf(3, (part, amount) =>
    part === 1 ? execute(statement("fail", "select 1 / 0")) : append(amount),
  );
  const rig = await driven(database.address, { plan: { ...plan, connectionsEach: 3 }, scenario });
  expect(rig.counts()).toMatchObject({ committed: 0, aborted: 10 });
  expect(rig.errors()).toEqual({ "22012": 10 });
  expect(await written()).toMatchObject({ rows: 20 });
});

it("are tried again as long as none of them has committed, and never after that", async () => {
  const conflict = statement(
    "conflict",
    "do $$ begin raise exception 'again' using errcode = '40001'; end $$",
  );
  /** Which of the parts fail, in the first and in the second of two phases. */
  const conflictsIn = (first: readonly number[], second: readonly number[]): Scenario => {
    const scenario = scenarioOf(1);
    const phase = (failing: readonly number[], context: Context, amount: number) =>
      together(
        [0, 1].map(
          (part) => () =>
            atomically(context, () =>
              failing.includes(part) ? execute(conflict) : append(amount),
            ),
        ),
      );
    return defineScenario({
      ...scenario,
      retry: { codes: ["40001"], attemptsMax: 3, backoffMs: 0, backoffMsMax: 0 },
      draw: (_random, _world, context) => ({
        operation: "append",
        inputs: [],
        *steps() {
          yield* phase(first, context, 1);
          yield* phase(second, context, 2);
        },
      }),
    });
  };
  const attemptsOf = async (scenario: Scenario) => {
    await database.connection.query("truncate ledger");
    const rig = await driven(database.address, {
      plan: { sessions: 1, transactionsPerSession: 1, connectionsEach: 2 },
      scenario,
    });
    expect(rig.counts()).toMatchObject({ committed: 0, aborted: 1 });
    return { retries: rig.counts().retries, rows: (await written())?.rows, errors: rig.errors() };
  };
  expect(await attemptsOf(conflictsIn([0, 1], []))).toEqual({
    ...{ retries: 2, rows: 0, errors: { "40001": 3 } },
  });
  expect(await attemptsOf(conflictsIn([0], []))).toMatchObject({ retries: 0, rows: 1 });
  // What the first phase has committed would be there twice.
  expect(await attemptsOf(conflictsIn([], [0, 1]))).toMatchObject({ retries: 0, rows: 2 });
});

it("lose a connection: the transaction fails, the session gets it back", async () => {
  const kill = statement("kill", "select pg_terminate_backend(pg_backend_pid())::text");
  const scenario = scenarioOf(2, (part, amount) => (part === 1 ? execute(kill) : append(amount)));
  const rig = await driven(database.address, {
    plan: { sessions: 1, transactionsPerSession: 3, connectionsEach: 2 },
    scenario,
  });
  expect(rig.counts()).toMatchObject({ aborted: 3, reconnects: 2 });
  expect(await written()).toMatchObject({ rows: 3, backends: 1 });
});

it("each leave an entry in the ledger", async () => {
  for (const sql of createLedger) await database.connection.query(sql);
  const scenario = scenarioOf(3, (part, amount) =>
    part === 1 ? execute(statement("fail", "select 1 / 0")) : append(amount),
  );
  const rig = await driven(database.address, {
    plan: { ...plan, connectionsEach: 3, ledger: true },
    scenario,
  });
  const [entries] = await database.connection.query(
    `select count(*)::int4 as count, count(distinct (owner, number, part))::int4 as parts
     from ${ledgerTable}`,
  );
  expect(entries).toEqual({ count: 20, parts: 20 });
  expect(rig.counts()).toMatchObject({ aborted: 10 });
});

it("are a bug where the session has too few connections, and are told what to do", async () => {
  await expect(
    driven(database.address, { plan: { ...plan, connectionsEach: 2 }, scenario: scenarioOf(3) }),
  ).rejects.toThrow("3 parts side by side take as many connections, and the session has 2");
});
