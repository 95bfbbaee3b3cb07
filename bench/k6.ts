/**
 * The two engines in turn: the same scenario with the same settings, in Node on pg and in k6. Figures
 * of one machine change within minutes, so only those of one pair are compared, and who comes first
 * alternates.
 */
import { join } from "node:path";
import { type K6Binary, k6Binary, K6Problem } from "../src/engine/k6/binary.ts";
import type { Bench } from "./bench.ts";
import { type EnginePair, engineRows, type EngineSide, enginesHeading } from "./engine-rows.ts";
import { noteVerdict, runLoadgen, usageOf } from "./loadgen.ts";
import { withClone } from "./server.ts";
import type { ScenarioName } from "./transactions.ts";

const scenarios: readonly ScenarioName[] = ["concurrent", "point-read"];
const sessionCounts = [6, 32, 100] as const;

/** Without them the ratios would be taken for those of two programs that do the same. */
const differences = [
  "k6 and pg do not send the same: xk6-sql keeps no prepared statement, so on k6 the server parses each statement each time, inside a WITH clause that counts its rows; on pg it parses a text once on each connection",
  "k6 sends a statement that stands outside BEGIN between BEGIN and COMMIT: point-read takes three round trips there, and one on pg",
  "latencies have on k6 what its JavaScript interpreter takes between two statements, and on pg the wait for Node's event loop; k6's clock is the wall clock",
];

export async function measureK6(bench: Bench): Promise<void> {
  const k6 = await findK6(bench);
  if (k6 === null) return;
  const table = bench.table(`${k6.version} beside pg, --think 0, fixture small`, enginesHeading);
  differences.forEach(bench.note);
  for (const scenario of scenarios) {
    for (const sessions of sessionCounts) {
      const pairs = await measurePairs(bench, k6, { scenario, sessions });
      engineRows({ scenario, sessions, pairs }).forEach((cells) => table.row(cells));
    }
  }
}

/** Null, and said so, if there is none: neither named by LOADGEN_K6 nor to be built. */
async function findK6({ note, progress }: Bench): Promise<K6Binary | null> {
  try {
    return await k6Binary({
      named: process.env.LOADGEN_K6 ?? null,
      module: "k6",
      // Where the tests have it, too.
      cache: join("node_modules", ".cache", "loadgen-k6"),
      onBuilding: () => progress("building k6 with Go, once"),
    });
  } catch (error) {
    if (!(error instanceof K6Problem)) throw error;
    note(`k6 beside pg is left out, all of it: ${error.message}`);
    return null;
  }
}

interface Load {
  readonly scenario: ScenarioName;
  readonly sessions: number;
}

async function measurePairs(bench: Bench, k6: K6Binary, load: Load): Promise<EnginePair[]> {
  const { scenario, sessions } = load;
  const pairs: EnginePair[] = [];
  for (let number = 0; number < bench.options.pairs; number++) {
    bench.progress(
      `${scenario}, ${sessions} sessions: pair ${number + 1} of ${bench.options.pairs}`,
    );
    const first = number % 2 === 0 ? await measureEngine(bench, load, null) : null;
    const onK6 = await measureEngine(bench, load, k6.path);
    pairs.push({ pg: first ?? (await measureEngine(bench, load, null)), k6: onK6 });
  }
  return pairs;
}

/** @param k6 its path; null: on pg. */
async function measureEngine(
  bench: Bench,
  { scenario, sessions }: Load,
  k6: string | null,
): Promise<EngineSide> {
  const run = { scenario, sessions, think: "0", seconds: bench.options.seconds, k6 };
  const ended = await withClone(bench.server, bench.fixture, (database) =>
    runLoadgen(bench, database, run),
  );
  noteVerdict(bench, run, ended);
  const { generator, operations } = ended.result;
  const { perSecond } = ended.result.transactions;
  const { cpuUsPerTransaction: clientUs } = generator;
  // Both scenarios have one operation.
  const [operation] = Object.values(operations);
  if (clientUs === null || operation === undefined || perSecond === 0) {
    throw new Error(`loadgen run ${scenario}: no transaction ended in time`);
  }
  const { mean: meanUs, p50: p50Us, p99: p99Us } = operation.latencyUs;
  // By what was committed in the end: sessions of k6 tell of it late while they go on.
  const { cpuUs, seconds } = usageOf(ended);
  return { clientUs, nodeUs: cpuUs / seconds / perSecond, perSecond, meanUs, p50Us, p99Us };
}
