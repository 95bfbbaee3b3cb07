/**
 * Transactions as scripts for pgbench. Its variables p1, p2 and so on are the parameters of all
 * statements of a transaction, in order; in its prepared mode they are bound as loadgen binds them.
 * pgbench can draw numbers, but no arrays, and it prepares each script anew on each connection, so
 * many scripts would measure preparing. Hence one script, whose payload is changed now and then.
 */
import type { Parameter } from "../src/core/step.ts";
import type { Connection } from "../src/server/connection.ts";
import type { SentTransaction } from "./transactions.ts";

export interface PgbenchScript {
  readonly text: string;
  /** First values of its variables. */
  readonly variables: Readonly<Record<string, number>>;
}

/** All parameters of a transaction in order, as the texts that pgbench binds. */
export function payloadOf(transaction: SentTransaction): readonly string[] {
  return transaction.flatMap(({ parameters }) => parameters.map(parameterText));
}

/** Of numbers and of identities without special characters: nothing is quoted. */
function parameterText(parameter: Parameter): string {
  return Array.isArray(parameter) ? `{${parameter.join(",")}}` : String(parameter);
}

/** The statements as pgbench sends them. */
export function statementsText(transaction: SentTransaction): string {
  let before = 0;
  const statements = transaction.map(({ text, parameters }) => {
    const named = text
      // To pgbench a colon before a word is a variable, in comments as well.
      .replace("/* loadgen:", "/* loadgen: ")
      .replace(/\$(\d+)/g, (_, number: string) => `:p${before + Number(number)}`);
    before += parameters.length;
    return `${named};\n`;
  });
  return statements.join("");
}

/** So many transactions are done with one payload: fetching another one costs a statement. */
const transactionsPerPayload = 16;

/**
 * Each session takes a payload at random from the table that `storePayloads` made of the same
 * transactions, at its first transaction and then at each sixteenth. They differ in nothing else.
 */
export function fetchingScript(transactions: readonly SentTransaction[]): PgbenchScript {
  const [transaction = []] = transactions;
  const names = payloadOf(transaction).map((_, index) => `p${index + 1}`);
  const text = [
    `\\set turn (:turn + 1) % ${transactionsPerPayload}`,
    "\\if :turn = 0",
    `\\set number random(1, ${transactions.length})`,
    `select ${names.join(", ")} from bench.payload where number = :number`,
    "\\gset",
    "\\endif",
    statementsText(transaction),
  ].join("\n");
  return { text, variables: { turn: transactionsPerPayload - 1 } };
}

/** Makes the table `bench.payload`, one row a payload, numbered from 1. */
export async function storePayloads(
  connection: Connection,
  payloads: readonly (readonly string[])[],
): Promise<void> {
  const names = (payloads[0] ?? []).map((_, index) => `p${index + 1}`);
  const columns = names.map((name) => `${name} text not null`).join(", ");
  await connection.script(
    `create schema bench;
    create table bench.payload (number int4 primary key, ${columns})`,
  );
  const places = names.map((_, index) => `$${index + 2}`).join(", ");
  const insert = `insert into bench.payload values ($1, ${places})`;
  await connection.script("begin");
  for (const [index, payload] of payloads.entries()) {
    await connection.query(insert, [index + 1, ...payload]);
  }
  await connection.script("commit");
  // Lest autovacuum comes to it in every clone.
  await connection.script("vacuum (freeze, analyze) bench.payload");
}

/**
 * For transactions of two numbers of which the first is 0, 1, 2 and so on: each session draws the
 * first at random, and the second belongs to it. Found by halving, for pgbench evaluates a long list
 * of cases one by one.
 */
export function drawingScript(
  transaction: SentTransaction,
  secondByFirst: readonly string[],
): PgbenchScript {
  const text = [
    `\\set p1 random(0, ${secondByFirst.length - 1})`,
    `\\set p2 ${choiceText(secondByFirst, 0)}`,
    statementsText(transaction),
  ].join("\n");
  return { text, variables: {} };
}

/** @param first which value of p1 the first of `values` belongs to. */
function choiceText(values: readonly string[], first: number): string {
  const [only] = values;
  if (values.length === 1 && only !== undefined) return only;
  const half = values.length >> 1;
  const low = choiceText(values.slice(0, half), first);
  const high = choiceText(values.slice(half), first + half);
  return `case when :p1 < ${first + half} then ${low} else ${high} end`;
}
