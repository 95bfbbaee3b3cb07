/**
 * The transactions that loadgen would send, as data: drawn by the scenario itself from what the
 * database holds, so that pgbench can be given the same texts and parameters.
 */
import { concurrent } from "../scenarios/dms/concurrent.ts";
import { pointRead } from "../scenarios/dms/point-read.ts";
import type { Plan } from "../src/core/plan.ts";
import { transactionStream } from "../src/core/random.ts";
import type { Context, Scenario } from "../src/core/scenario.ts";
import type { Parameter, Row } from "../src/core/step.ts";
import type { Transaction } from "../src/core/transaction.ts";
import { drive } from "../src/engine/pg/drive.ts";
import { type SentStep, statementOf, taggedText } from "../src/engine/statements.ts";
import { Connection } from "../src/server/connection.ts";
import type { Bench } from "./bench.ts";
import { withClone } from "./server.ts";

/** One statement of a transaction. */
export interface SentStatement {
  /** As it is sent, with `$1` and so on, and the operation as a comment at its end. */
  readonly text: string;
  readonly parameters: readonly Parameter[];
}

export type SentTransaction = readonly SentStatement[];

/** loadgen's own default. */
const seed = 12_345;

/** The scenarios that are measured, with the options that a plan of theirs has by default. */
const measured = {
  concurrent: { scenario: concurrent, options: { unlocked: false, hot: null } },
  "point-read": { scenario: pointRead, options: {} },
} satisfies Record<string, { scenario: Scenario; options: Plan["options"] }>;

export type ScenarioName = keyof typeof measured;

/** The first `count` transactions of one session, as they would be in a run of loadgen. */
export async function drawTransactions(
  { server, fixture }: Pick<Bench, "server" | "fixture">,
  name: ScenarioName,
  count: number,
): Promise<readonly SentTransaction[]> {
  const { scenario, options } = measured[name];
  const context: Context = {
    seed,
    sessions: 1,
    isolation: "read-committed",
    holdMs: 0,
    strategies: {},
    // Written above as this scenario declares them.
    options: options as Plan["options"] as Context["options"],
  };
  // A template takes no connections, so it is read in a clone.
  const world = await withClone(server, fixture, (database) =>
    Connection.use(database, "loadgen/bench", (connection) =>
      drive(scenario.prepare(context), async (step) =>
        step.kind === "query" ? connection.query(step.statement.sql, step.parameters) : [],
      ),
    ),
  );
  return Array.from({ length: count }, (_, number) => {
    const random = transactionStream(seed, "measured", 0, number);
    const { steps, operation } = scenario.draw(random, world, context, 0);
    return sentBy(steps(), operation);
  });
}

/** What the statements of both scenarios would answer if all is well: nothing is sent here. */
const goodAnswer: readonly Row[] = [{ locked: true, unresolved: 0, resource: "" }];

/** What a transaction sends, without a server. */
export function sentBy(transaction: Transaction<unknown>, operation: string): SentTransaction {
  const sent: SentStatement[] = [];
  for (let next = transaction.next(); next.done !== true; next = transaction.next(goodAnswer)) {
    const step = next.value;
    if (step.kind === "pause") continue;
    const parameters = "parameters" in step ? step.parameters : [];
    sent.push({ text: taggedText(statementOf(step as SentStep), operation), parameters });
  }
  return sent;
}
