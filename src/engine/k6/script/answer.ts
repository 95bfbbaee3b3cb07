/** What the server answers to a statement in a transaction, once the guards over its rows have had their say. */
import type { ConnectionStep, Parameter, Row, Statement } from "../../../core/step.ts";
import { statement } from "../../../core/step.ts";
import { Failure } from "../../../core/failure.ts";
import type { Farewell } from "../../farewell.ts";
import { noRows, taggedText } from "../../statements.ts";
import { type CountedQuery, queryOf } from "./guarded-query.ts";
import { notPortable } from "./not-portable.ts";
import { rowsAsTheyCome } from "./rows.ts";
import type { RawRow, Sent, Wire } from "./wire.ts";

export type Asked = Extract<ConnectionStep, { kind: "query" | "execute" }>;

/** Fails outside a transaction, and in one that is aborted; otherwise it leaves nothing behind. */
export const guard = statement("guard", "savepoint loadgen_guard; release savepoint loadgen_guard");

/** SQLSTATE in_failed_sql_transaction. */
export const abortedTransaction = "25P02";

export const replaced: Farewell = Object.freeze({
  kind: "connection",
  code: "connection-lost",
  message: "the connection was lost, and its place taken by another one",
});

const shortened: Farewell = Object.freeze({
  kind: "connection",
  code: "connection-lost",
  message: "the connection was lost in the middle of the rows",
});

interface Under extends Partial<Pick<Sent, "parameters" | "committing">> {
  readonly operation: string;
}

interface Transacting {
  readonly operation: string;
  /** On which the transaction began. */
  readonly backend: number | null;
}

/** Throws a Failure. */
export function answer(wire: Wire, step: Asked, transacting: Transacting): readonly Row[] {
  const { operation } = transacting;
  const { parameters } = step;
  const asked = step.kind === "query" ? queryOf(step.statement) : null;
  switch (asked?.kind) {
    case "counted":
      return counted(wire, { ...transacting, query: asked, step });
    case "bare":
      return bare(wire, step, operation);
    case "rowless":
    case undefined:
      execute(wire, step.statement, { operation, parameters });
      return noRows;
  }
}

interface Counting extends Transacting {
  readonly query: CountedQuery;
  readonly step: Asked;
}

function counted(wire: Wire, { query: asked, step, operation, backend }: Counting): readonly Row[] {
  const sent = { name: step.statement.name, sql: asked.sql };
  const rows = asked.check(query(wire, sent, { operation, parameters: step.parameters }), backend);
  if (rows === "replaced") throw wire.lose(replaced, false);
  if (rows === "shortened") throw wire.lose(shortened, false);
  return rows;
}

function bare(wire: Wire, { statement, parameters }: Asked, operation: string): readonly Row[] {
  const rows = query(wire, statement, { operation, parameters });
  try {
    execute(wire, guard, { operation });
  } catch (failure) {
    const isLate = failure instanceof Failure && failure.code === abortedTransaction;
    throw isLate ? notPortable(`${statement.name} failed behind its first row`) : failure;
  }
  return rowsAsTheyCome(rows);
}

/** Throws a Failure for what goes wrong before the first row. */
export function query(wire: Wire, sent: Statement, under: Under): readonly RawRow[] {
  return wire.query(sentOf(sent, under));
}

/** Throws a Failure. */
export function execute(wire: Wire, sent: Statement, under: Under): void {
  wire.execute(sentOf(sent, under));
}

const noParameters: readonly Parameter[] = Object.freeze([]);

function sentOf(
  sent: Statement,
  { operation, parameters = noParameters, committing = false }: Under,
): Sent {
  return { text: taggedText(sent, operation), parameters, committing };
}
