/**
 * Performs transactions on a connection of loadgen's own to see how the server plans them, and rolls
 * all of it back. What a scenario sends between BEGIN and COMMIT is between savepoints here, inside
 * one transaction that never commits.
 */
import { Failure } from "../../core/failure.ts";
import type { Plan } from "../../core/plan.ts";
import { endsTransaction, isExplainable } from "../../core/sql-kind.ts";
import type { ConnectionStep, Row, Step } from "../../core/step.ts";
import { statement } from "../../core/step.ts";
import type { Transaction } from "../../core/transaction.ts";
import { drive } from "../../engine/pg/drive.ts";
import type { SessionConnection } from "../../engine/pg/session-connection.ts";
import { connectionOver } from "../../engine/pg/session-driver.ts";
import { noRows, statementOf, taggedText } from "../../engine/statements.ts";
import type { PartitionRoots } from "../../observe/plans/plan-shape.ts";
import { type QueryPlan, queryPlanIn, queryPlanOf } from "../../observe/plans/query-plan.ts";
import type { Connection } from "../../server/connection.ts";
import { explainedStatement, mergedStatements, type Performance } from "./explain-statements.ts";
import type { ExplainedOperation, ExplainedStatement, ExplainPass } from "./explained.ts";

/** A transaction of an operation, to be performed as often as wanted. */
export interface DrawnOperation {
  readonly operation: string;
  readonly steps: () => Transaction<unknown>;
}

type Sent = Extract<ConnectionStep, { kind: "query" | "execute" }>;

/** A batch sends the same few statements a thousand times: the first ones show how they are planned. */
const statementsMax = 40;

export interface ExplainSetting {
  readonly plan: Plan;
  readonly way: ExplainPass["way"];
  readonly roots: PartitionRoots;
}

export class ExplainSession {
  readonly #setting: ExplainSetting;
  readonly #connection: SessionConnection;
  readonly #own: Connection;
  #notices: QueryPlan[] = [];
  #statements: ExplainedStatement[] = [];
  #operation = "";
  #sent = 0;
  #isInside = false;

  constructor(own: Connection, setting: ExplainSetting) {
    this.#setting = setting;
    this.#own = own;
    // Parsed each time, as EXPLAIN is: otherwise the sixth time may be planned in another way.
    this.#connection = connectionOver(own.client, "plain", "unnamed");
    own.client.on("notice", ({ message }) => {
      const plan = queryPlanIn(message ?? "");
      if (plan !== null) this.#notices.push(plan);
    });
  }

  /** What goes wrong in it is its problem, and never the run's. Rejects with a ServerError if the connection is gone. */
  async explain({ operation, steps }: DrawnOperation): Promise<ExplainedOperation> {
    const { plan } = this.#setting;
    this.#statements = [];
    this.#operation = operation;
    this.#sent = 0;
    this.#isInside = false;
    const level = plan.isolation.replace("-", " ");
    await this.#own.query(
      `begin isolation level ${level}${plan.existing ? " read only" : " read write"}`,
    );
    let problem: string | null = null;
    try {
      await drive(steps(), (step) => this.#perform(step));
    } catch (failure) {
      // A scenario's own mistake, too: the run itself will meet it, and tell.
      problem = failure instanceof Error ? failure.message : String(failure);
    }
    await this.#own.query("rollback");
    return { statements: mergedStatements(this.#statements), problem };
  }

  async #perform(step: Step): Promise<readonly Row[]> {
    switch (step.kind) {
      case "begin":
        this.#isInside = true;
        return this.#say("savepoint loadgen_transaction");
      case "commit":
        await this.#explained(checkDeferred);
        this.#isInside = false;
        return this.#say("release savepoint loadgen_transaction");
      case "rollback":
        this.#isInside = false;
        await this.#say("rollback to savepoint loadgen_transaction");
        return this.#say("release savepoint loadgen_transaction");
      case "query":
      case "execute":
        return this.#send(step);
      // A service that was just started: nobody is in its gates, and its caches are empty.
      case "look-up":
        return [{ state: "due" }];
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
    // What cannot be explained may be a savepoint of the scenario's own, which ours would take with it.
    if ((this.#isInside && !existing) || !isExplainable(sql)) return this.#explained(step);
    // By itself: what fails takes nothing else with it.
    return this.#guarded(
      () => this.#explained(step),
      (failure) => {
        if (!existing || failure.code !== readOnlyCode) throw failure;
        return this.#estimated(step);
      },
    );
  }

  /** Performs it, and takes down how it was planned. */
  async #explained(step: Sent): Promise<readonly Row[]> {
    const { sql } = step.statement;
    const asks = this.#setting.way === "explain" && isExplainable(sql);
    const plans = asks ? await this.#analyzed(step) : [];
    this.#notices = [];
    const rows = await this.#performed(step);
    // A statement with parameters ends, and only then has a plan to tell, when the next one begins.
    await this.#say("show transaction_isolation");
    const sent = taggedText(statementOf(step), this.#operation);
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
    return this.#guarded(
      async () => {
        const plans = await this.#planned("analyze, buffers, wal, format json", step);
        await this.#say("rollback to savepoint loadgen_statement");
        return plans;
      },
      // What fails will fail again where it is performed, and be told there.
      () => Promise.resolve([]),
    );
  }

  #add(performance: Performance): void {
    this.#statements.push(explainedStatement(performance, this.#setting.roots));
  }

  async #estimated(step: Sent): Promise<readonly Row[]> {
    const { name, sql } = step.statement;
    const plans = await this.#guarded(
      () => this.#planned("format json", step),
      () => Promise.resolve([]),
    );
    this.#add({ name, text: sql, isEstimated: true, plans, nested: [] });
    if (step.kind === "execute") return noRows;
    throw refused(
      `${name} writes or locks, so it was planned only, and what follows needs its rows`,
    );
  }

  async #planned(how: string, step: Sent): Promise<readonly QueryPlan[]> {
    const { name, sql } = step.statement;
    const explain = statement(name, `explain (${how}) ${sql}`);
    const rows = await this.#performed({ ...step, kind: "query", statement: explain });
    return rows.flatMap((row) => queryPlanOf(row["QUERY PLAN"]) ?? []);
  }

  async #guarded<T>(body: () => Promise<T>, recover: (failure: Failure) => Promise<T>): Promise<T> {
    await this.#say("savepoint loadgen_statement");
    let result: T;
    try {
      result = await body();
    } catch (failure) {
      if (!(failure instanceof Failure) || failure.fatal) throw failure;
      await this.#say("rollback to savepoint loadgen_statement");
      await this.#say("release savepoint loadgen_statement");
      return recover(failure);
    }
    await this.#say("release savepoint loadgen_statement");
    return result;
  }

  #say(sql: string): Promise<readonly Row[]> {
    return this.#performed({
      kind: "execute",
      statement: statement("explain", sql),
      parameters: [],
    });
  }

  #performed(step: Sent): Promise<readonly Row[]> {
    return this.#connection.perform(step, {
      operation: this.#operation,
      signal: new AbortController().signal,
      onStatement: () => undefined,
    });
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

function refused(why: string): Failure {
  return new Failure("refused", "not-explained", why);
}
