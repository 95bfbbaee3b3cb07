/**
 * loadgen and pgbench in turn, at several numbers of sessions: what one transaction costs each of
 * them. Figures of one machine change within minutes, so only those of one pair are compared, and
 * who comes first alternates.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Bench } from "./bench.ts";
import {
  comparisonCells,
  comparisonHeading,
  type LoadgenSide,
  type Pair,
  type PgbenchSide,
} from "./comparison-row.ts";
import { noteVerdict, runLoadgen, usageOf, warmupSeconds } from "./loadgen.ts";
import { type BenchWithPgbench, type PgbenchLoad, runPgbench } from "./pgbench.ts";
import type { PgbenchScript } from "./pgbench-script.ts";
import { withClone } from "./server.ts";
import { medianOf } from "./spread.ts";
import type { ScenarioName } from "./transactions.ts";

export interface Comparison {
  readonly title: string;
  readonly scenario: ScenarioName;
  /** The template database that each side gets a clone of. */
  readonly template: string;
  readonly script: PgbenchScript;
}

const sessionCounts = [6, 32, 100] as const;

export async function compare(bench: Bench, comparison: Comparison): Promise<void> {
  const table = bench.table(comparison.title, comparisonHeading);
  for (const sessions of sessionCounts) {
    table.row(await compareAt(bench, comparison, sessions));
  }
}

/** The cells of one row. */
async function compareAt(
  bench: Bench,
  comparison: Comparison,
  sessions: number,
): Promise<readonly string[]> {
  bench.progress(`${sessions} sessions: idle, for the fixed cost`);
  const fixedMsPerSecond = await fixedCost(bench, comparison, sessions);
  const measurePgbench = await preparePgbench(bench, comparison, sessions);
  const pairs: Pair[] = [];
  for (let number = 0; number < bench.options.pairs; number++) {
    bench.progress(`${sessions} sessions: pair ${number + 1} of ${bench.options.pairs}`);
    const first = number % 2 === 0 ? await measurePgbench?.(number) : undefined;
    const loadgen = await measureLoadgen(bench, comparison, { sessions, fixedMsPerSecond });
    const pgbench = first ?? (await measurePgbench?.(number)) ?? null;
    pairs.push({ pgbench, loadgen });
  }
  return comparisonCells({ sessions, fixedMsPerSecond, pairs });
}

/** So long that no session gets to its first transaction. */
const idleThink = "1h";

/** Processor time, ms a second, of loadgen with so many sessions that do nothing. */
async function fixedCost(
  bench: Bench,
  { scenario, template }: Comparison,
  sessions: number,
): Promise<number> {
  const run = { scenario, sessions, think: idleThink, seconds: bench.options.seconds, k6: null };
  // Its verdict is no news: without a transaction there is nothing to judge.
  const ended = await withClone(bench.server, template, (database) =>
    runLoadgen(bench, database, run),
  );
  const { cpuUs, seconds } = usageOf(ended);
  return cpuUs / 1000 / seconds;
}

async function measureLoadgen(
  bench: Bench,
  { scenario, template }: Comparison,
  at: { readonly sessions: number; readonly fixedMsPerSecond: number },
): Promise<LoadgenSide> {
  const { seconds: measuredSeconds } = bench.options;
  const run = { scenario, sessions: at.sessions, think: "0", seconds: measuredSeconds, k6: null };
  const ended = await withClone(bench.server, template, (database) =>
    runLoadgen(bench, database, run),
  );
  noteVerdict(bench, run, ended);
  const { cpuUs, seconds, transactions } = usageOf(ended);
  if (transactions === 0) throw new Error(`loadgen run ${scenario}: no transaction ended in time`);
  const netUs = cpuUs - at.fixedMsPerSecond * 1000 * seconds;
  return {
    totalUs: cpuUs / transactions,
    netUs: netUs / transactions,
    perSecond: ended.result.transactions.perSecond,
  };
}

type MeasurePgbench = (pair: number) => Promise<PgbenchSide>;

/** Null: it is not installed. */
async function preparePgbench(
  bench: Bench,
  { scenario, template, script }: Comparison,
  sessions: number,
): Promise<MeasurePgbench | null> {
  if (!hasPgbench(bench)) return null;
  const scriptPath = join(bench.server.folder, `${scenario}.sql`);
  await writeFile(scriptPath, script.text);
  const load = { scriptPath, sessions, variables: script.variables };
  const connectingUs = await connectingCost(bench, template, load);
  const measured = { seconds: bench.options.seconds };
  return (pair) =>
    withClone(bench.server, template, async (database) => {
      const [warmupSeed, seed] = [2 * pair, 2 * pair + 1];
      const warmup = { seconds: warmupSeconds };
      await runPgbench(bench, database, { ...load, seed: warmupSeed, length: warmup });
      const run = await runPgbench(bench, database, { ...load, seed, length: measured });
      // The first transaction of each session is in what is subtracted.
      const cpuUs = (run.cpuUs - connectingUs) / (run.transactions - sessions);
      return { cpuUs, perSecond: run.perSecond };
    });
}

function hasPgbench(bench: Bench): bench is BenchWithPgbench {
  return bench.pgbench !== null;
}

/** At a hundred transactions a second connecting is not short beside all of them. */
const connectingRuns = 3;

/** What pgbench uses until each session has connected, prepared, and done one transaction. */
async function connectingCost(
  bench: BenchWithPgbench,
  template: string,
  load: Omit<PgbenchLoad, "seed" | "length">,
): Promise<number> {
  return withClone(bench.server, template, async (database) => {
    const runs: number[] = [];
    for (let seed = 0; seed < connectingRuns; seed++) {
      const length = { transactions: 1 };
      runs.push((await runPgbench(bench, database, { ...load, seed, length })).cpuUs);
    }
    return medianOf(runs);
  });
}
