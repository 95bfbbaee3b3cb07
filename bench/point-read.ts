/** `point-read --think 0`: one row by its key, with one prepared statement. */
import type { Bench } from "./bench.ts";
import { compare } from "./comparison.ts";
import { drawingScript, payloadOf, type PgbenchScript } from "./pgbench-script.ts";
import { drawTransactions, type SentTransaction } from "./transactions.ts";

/** Enough to meet every partition key. */
const drawnCount = 1000;

export async function measurePointRead(bench: Bench): Promise<void> {
  const title = "point-read --think 0, fixture small";
  bench.progress(`${title}: preparing the data`);
  const script = readingScript(await drawTransactions(bench, "point-read", drawnCount));
  await compare(bench, { title, scenario: "point-read", template: bench.fixture, script });
}

/**
 * pgbench reads one document of each partition key, at random: which key belongs to an id is a hash
 * that it cannot compute, and each doubling of the choice costs it time that is not the statement's.
 * Throws where the keys are not 0, 1, 2 and so on.
 */
export function readingScript(drawn: readonly SentTransaction[]): PgbenchScript {
  const idByKey = new Map(drawn.map(payloadOf).map(([key = "", id = ""]) => [key, id]));
  const ids = Array.from({ length: idByKey.size }, (_, key) => {
    const id = idByKey.get(String(key));
    if (id !== undefined) return id;
    throw new Error(`expected a document with partition key ${key}, of ${idByKey.size} keys`);
  });
  return drawingScript(drawn[0] ?? [], ids);
}
