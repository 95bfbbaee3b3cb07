/**
 * Performs transactions on a connection of loadgen's own to see how the server plans them, and rolls
 * all of it back. What a scenario sends between BEGIN and COMMIT is between savepoints here, inside
 * one transaction that never commits.
 */
import { Failure } from "../../core/failure.ts";
import type { Plan } from "../../core/plan.ts";
import {
  endsTransaction,
  isExplainable,
  keepsSavepoints,
  withoutRowLocks,
} from "../../core/sql-kind.ts";
import type { Row, Step } from "../../core/step.ts";
import { statement } from "../../core/step.ts";
import type { Transaction } from "../../core/transaction.ts";
import { drive } from "../../engine/pg/drive.ts";
import { noRows, statementOf, taggedText } from "../../engine/statements.ts";
import type { PartitionRoots } from "../../observe/plans/plan-shape.ts";
import { type QueryPlan, queryPlanIn, queryPlanOf } from "../../observe/plans/query-plan.ts";
import type { Connection } from "../../server/connection.ts";
import { ExplainConnection, type Sent } from "./explain-connection.ts";
import { type LeftOut, leftOutText } from "./explain-left-out.ts";
import { explainedStatement, mergedStatements, type Performance } from "./explain-statements.ts";
import type { ExplainedOperation, ExplainedStatement, ExplainPass } from "./explained.ts";

/** A transaction of an operation, to be performed as often as wanted. */
export interface DrawnOperation {
  readonly operation: string;
  readonly steps: () => Transaction<unknown>;
}

/** A batch sends the same few statements a thousand times: the first ones show how they are planned. */
const statementsMax = 40;

export interface ExplainSetting {
  readonly plan: Plan;
  readonly way: ExplainPass["way"];
  readonly roots: PartitionRoots;
}

export class ExplainSession {
  readonly #setting: ExplainSetting;
  readonly #connection: ExplainConnection;
  readonly #own: Connection;
  #notices: QueryPlan[] = [];
  #statements: ExplainedStatement[] = [];
  #leftOut: LeftOut[] = [];
  #sent = 0;
  #isInside = false;

  constructor(own: Connection, setting: ExplainSetting) {
    this.#setting = setting;
    this.#own = own;
    this.#connection = new ExplainConnection(own);
    own.client.on("notice", ({ message }) => {
      const plan = queryPlanIn(message ?? "");
      if (plan !== null) this.#notices.push(plan);
    });
  }

  /** What goes wrong in it is its problem, and never the run's. Rejects with a ServerError if the connection is gone. */
  async explain({ operation, steps }: DrawnOperation): Promise<ExplainedOperation> {
    const { plan } = this.#setting;
    this.#statements = [];
    this.#leftOut = [];
    this.#connection.operation = operation;
    this.#sent = 0;
    this.#isInside = false;
    const level = plan.isolation.replace("-", " ");
    await this.#own.query(
      `begin isolation level ${level}${plan.existing ? " read only" : " read write"}`,
    );
    const problems: string[] = [];
    try {
      await drive(steps(), (step) => this.#perform(step));
    } catch (failure) {
      // A scenario's own mistake, too: the run itself will meet it, and tell.
      if (failure !== rowsAwaited) {
        problems.push(failure instanceof Error ? failure.message : String(failure));
      }
    }
    await this.#own.query("rollback");
    const leftOut = leftOutText(this.#leftOut);
    if (leftOut !== null) problems.unshift(leftOut);
    const problem = problems.length === 0 ? null : problems.join("; ");
    return { statements: mergedStatements(this.#statements), problem };
  }

  async #perform(step: Step): Promise<readonly Row[]> {
    switch (step.kind) {
      case "begin":
        this.#isInside = true;
        return this.#connection.say("savepoint loadgen_transaction");
      case "commit":
        await this.#explained(checkDeferred);
        this.#isInside = false;
        return this.#connection.say("release savepoint loadgen_transaction");
      case "rollback":
        this.#isInside = false;
        await this.#connection.say("rollback to savepoint loadgen_transaction");
        return this.#connection.say("release savepoint loadgen_transaction");
      case "query":
      case "execute":
      case "copy":
        return this.#send(step);
      // A service that was just started: nobody is in its gates, and its caches are empty.
      case "look-up":
        return [{ state: "due" }];
      case "together":
        // One after the other: on one connection they are planned alike.
        for (const part of step.parts) await drive(part(), (inner) => this.#perform(inner));
        return noRows;
      // Nothing is remembered yet.
      case "recall":
      case "remember":
      case "forget":
      case "pause":
      case "enter":
      case "leave":
      case "take-connection":
      case "return-connection":
      case "filled":
        return noRows;
    }
  }

  async #send(step: Sent): Promise<readonly Row[]> {
    const { name, sql } = step.statement;
    if (endsTransaction(sql)) throw refused(`${name} ends its transaction, and was not performed`);
    if (++this.#sent > statementsMax) {
      throw refused(`it sends more: these are its first ${statementsMax} statements`);
    }
    const { existing } = this.#setting.plan;
    // A savepoint of the scenario's own would be gone with ours around it.
    const isOwn = existing ? keepsSavepoints(sql) : this.#isInside || !isExplainable(sql);
    if (isOwn) return this.#explained(step);
    // By itself: what fails takes nothing else with it.
    return this.#connection.guarded(
      () => this.#explained(step),
      (failure) => {
        if (!existing || failure.code !== readOnlyCode) throw failure;
        return this.#unperformed(step);
      },
    );
  }

  /** Performs it, and takes down how it was planned. */
  async #explained(step: Sent): Promise<readonly Row[]> {
    const { sql } = step.statement;
    const asks = this.#setting.way === "explain" && isExplainable(sql);
    const plans = asks ? await this.#analyzed(step) : [];
    this.#notices = [];
    const rows = await this.#connection.perform(step);
    // A statement with parameters ends, and only then has a plan to tell, when the next one begins.
    await this.#connection.say("show transaction_isolation");
    const sent = taggedText(statementOf(step), this.#connection.operation);
    this.#add({
      name: step.statement.name,
      text: sql,
      isEstimated: false,
      plans: [...plans, ...this.#notices.filter(({ text }) => text === sent)],
      nested: this.#notices.filter(({ text }) => text !== sent),
    });
    return rows;
  }

  /** Performed once for its plan, and undone. */
  #analyzed(step: Sent): Promise<readonly QueryPlan[]> {
    return this.#connection.guarded(
      async () => {
        const plans = await this.#planned("analyze, verbose, buffers, wal, format json", step);
        await this.#connection.undo();
        return plans;
      },
      // What fails will fail again where it is performed, and be told there.
      () => Promise.resolve([]),
    );
  }

  #add(performance: Performance): void {
    this.#statements.push(explainedStatement(performance, this.#setting.roots));
  }

  /** What would write or lock rows. What a function read before it came to that was performed. */
  async #unperformed(step: Sent): Promise<readonly Row[]> {
    const { name, sql } = step.statement;
    const sent = taggedText(statementOf(step), this.#connection.operation);
    const nested = this.#notices.filter(({ text }) => text !== sent);
    const plans = isExplainable(sql)
      ? await this.#connection.guarded(
          () => this.#planned("verbose, format json", step),
          () => Promise.resolve([]),
        )
      : [];
    this.#add({ name, text: sql, isEstimated: true, plans, nested });
    this.#leftOut.push({ name, kind: plans.length === 0 ? "unplanned" : "planned" });
    return step.kind === "execute" ? noRows : this.#unlocked(step);
  }

  /** The rows of what would only lock them: by them the transaction goes on as it would. */
  async #unlocked(step: Sent): Promise<readonly Row[]> {
    const { name, sql } = step.statement;
    const read = withoutRowLocks(sql);
    const end = () => {
      this.#leftOut.push({ name, kind: "awaited" });
      throw rowsAwaited;
    };
    if (read === null) return end();
    return this.#connection.guarded(
      () => this.#connection.perform({ ...step, statement: statement(name, read) }),
      () => end(),
    );
  }

  async #planned(how: string, step: Sent): Promise<readonly QueryPlan[]> {
    const { name, sql } = step.statement;
    const explain = statement(name, `explain (${how}) ${sql}`);
    // Of a COPY there is no plan, and nobody asks here.
    const parameters = step.kind === "copy" ? [] : step.parameters;
    const asked = { kind: "query", statement: explain, parameters } as const;
    const rows = await this.#connection.perform(asked);
    return rows.flatMap((row) => queryPlanOf(row["QUERY PLAN"]) ?? []);
  }
}

/** What COMMIT would do before it commits. */
const checkDeferred: Sent = Object.freeze({
  kind: "execute",
  statement: statement("commit", "set constraints all immediate"),
  parameters: [],
});

/** read_only_sql_transaction: it would write, or lock rows. */
const readOnlyCode = "25006";

/** Ends a transaction that cannot go on without rows that nobody has. */
const rowsAwaited = refused("the rows of a statement that was not performed");

function refused(why: string): Failure {
  return new Failure("refused", "not-explained", why);
}
