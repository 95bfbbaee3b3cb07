/**
 * `concurrent --think 0`: lock a document, replace its references, with 10 to 100 of them in four
 * arrays. And the same with a function that does nothing, where the client is most of what is left.
 */
import type { Connection } from "../src/server/connection.ts";
import type { Bench } from "./bench.ts";
import { compare } from "./comparison.ts";
import { fetchingScript, payloadOf, storePayloads } from "./pgbench-script.ts";
import { deriveTemplate } from "./server.ts";
import { drawTransactions } from "./transactions.ts";

export async function measureConcurrent(bench: Bench): Promise<void> {
  await measureReplacing(bench, "concurrent --think 0, fixture small", () => Promise.resolve());
}

export async function measureNoOp(bench: Bench): Promise<void> {
  await measureReplacing(
    bench,
    "concurrent --think 0, dms.InsertReferences does nothing",
    doNothing,
  );
}

/** So many that sessions seldom meet on a document, with loadgen as with pgbench. */
const payloadsCount = 2048;

async function measureReplacing(
  bench: Bench,
  title: string,
  change: (connection: Connection) => Promise<void>,
): Promise<void> {
  bench.progress(`${title}: preparing the data`);
  const transactions = await drawTransactions(bench, "concurrent", payloadsCount);
  const template = await deriveTemplate(bench.server, bench.fixture, async (connection) => {
    await storePayloads(connection, transactions.map(payloadOf));
    await change(connection);
  });
  const script = fetchingScript(transactions);
  await compare(bench, { title, scenario: "concurrent", template, script });
}

/** The same signature, the same language, no rows: all references have their alias. */
function doNothing(connection: Connection): Promise<void> {
  return connection.script(`
    create or replace function dms.InsertReferences(
      parentDocumentIds bigint[],
      parentDocumentPartitionKeys smallint[],
      referentialIds uuid[],
      referentialPartitionKeys smallint[]
    ) returns table (ReferentialId uuid)
    language plpgsql as $$ begin end $$
  `);
}
