/**
 * How a step becomes a statement, for every driver. Every statement carries its operation as a
 * comment, so that pg_stat_activity names the operation of each backend by the server's own account.
 */
import { Failure } from "../core/failure.ts";
import {
  type ConnectionStep,
  type Isolation,
  type Parameter,
  type Row,
  type Statement,
  statement,
  type Step,
} from "../core/step.ts";

/** A step that is sent to the server. */
export type SentStep = Exclude<ConnectionStep, { kind: "pause" }>;

export const noRows: readonly Row[] = Object.freeze([]);

const beginStatements: Readonly<Record<Isolation, Statement>> = Object.freeze({
  "read-committed": statement("begin", "begin isolation level read committed"),
  "repeatable-read": statement("begin", "begin isolation level repeatable read"),
  serializable: statement("begin", "begin isolation level serializable"),
});
const commitStatement = statement("commit", "commit");
const rollbackStatement = statement("rollback", "rollback");

/** Throws for what no connection performs: types do not keep a scenario from asking for it. */
export function statementOf(step: SentStep): Statement {
  switch (step.kind) {
    case "begin":
      return beginStatements[step.isolation];
    case "commit":
      return commitStatement;
    case "rollback":
      return rollbackStatement;
    case "query":
    case "execute":
    case "copy":
      return step.statement;
    default:
      throw new Error(
        `"${(step as Step).kind}" is for requests to a modelled service, or for a store of the engine pg, ` +
          "and no connection performs it: a scenario that asks for a service is to say `service: true`",
      );
  }
}

/**
 * Whether a step, once sent, may make something durable: COMMIT, and any statement outside BEGIN.
 * @param isIdle by the server's own account, in its last ReadyForQuery ("I").
 */
export function mayCommit({ kind }: Step, isIdle: boolean): boolean {
  const isStatement = kind === "query" || kind === "execute" || kind === "copy";
  return kind === "commit" || (isStatement && isIdle);
}

/** COMMIT of an aborted transaction succeeds, and says ROLLBACK in its tag alone. */
export function commitRolledBack(): Failure {
  return new Failure("refused", "commit-rolled-back", "COMMIT reported ROLLBACK");
}

/** Without parameters a statement goes unprepared: it may be a utility statement, such as SAVEPOINT. */
export function parametersOf(step: SentStep | null): readonly Parameter[] {
  return step?.kind === "query" || step?.kind === "execute" ? step.parameters : noParameters;
}

const noParameters: readonly Parameter[] = Object.freeze([]);

/** The count of a Bind message is an unsigned 16-bit number. */
const parametersMax = 65_535;

/** Throws a Failure, for what cannot even be sent. */
export function checkCount(step: SentStep): void {
  const count = parametersOf(step).length;
  if (count <= parametersMax) return;
  const message = `a statement has ${count} parameters, of at most ${parametersMax}`;
  throw new Failure("refused", "too-many-parameters", message);
}

/**
 * The operation, as a comment: it costs the server nothing and survives into pg_stat_activity. On a
 * line of its own, since the statement may end in a comment that lasts to the end of its line.
 */
export function taggedText({ sql }: Statement, operation: string): string {
  return `${sql}\n/* loadgen:${operation} */`;
}

/** What is made of a statement once for each operation, not once a transaction. */
export class PerOperation<T> {
  readonly #make: (statement: Statement, operation: string) => T;
  readonly #made = new WeakMap<Statement, Map<string, T>>();

  constructor(make: (statement: Statement, operation: string) => T) {
    this.#make = make;
  }

  of(statement: Statement, operation: string): T {
    let byOperation = this.#made.get(statement);
    if (byOperation === undefined) {
      byOperation = new Map();
      this.#made.set(statement, byOperation);
    }
    let made = byOperation.get(operation);
    if (made === undefined) {
      made = this.#make(statement, operation);
      byOperation.set(operation, made);
    }
    return made;
  }
}
