/** `npm run bench`: what loadgen costs beside pgbench, and its engine k6 beside pg. It prints figures and asserts nothing. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Bench } from "./bench.ts";
import { measureConcurrent, measureNoOp } from "./concurrent.ts";
import { facts } from "./facts.ts";
import { measureK6 } from "./k6.ts";
import { type BenchOptions, parseOptions, type Subject } from "./options.ts";
import { findPgbench, howToInstall } from "./pgbench.ts";
import { measurePointRead } from "./point-read.ts";
import { measureRecording } from "./recording.ts";
import { Report } from "./report.ts";
import { loadSmallFixture, withServer } from "./server.ts";
import { measureLoad } from "./load.ts";
import { measureManySessions } from "./sessions-1000.ts";

/** scripts/bench.js puts the built command beside this file's bundle, where nobody builds it anew. */
const loadgen = fileURLToPath(new URL("dist/loadgen.js", import.meta.url));

/** What needs a server. */
const onServer: Readonly<Partial<Record<Subject, (bench: Bench) => Promise<void>>>> = {
  concurrent: measureConcurrent,
  "no-op": measureNoOp,
  "point-read": measurePointRead,
  "sessions-1000": measureManySessions,
  k6: measureK6,
};

process.exitCode = await main(process.argv.slice(2));

async function main(words: readonly string[]): Promise<number> {
  const options = parseOptions(words);
  if (!options.ok) {
    for (const problem of options.problems) process.stderr.write(`bench: ${problem}\n`);
    return 2;
  }
  const stop = new AbortController();
  let code = 0;
  const onSignal = (exitCode: number, name: string) => () => {
    code = exitCode;
    stop.abort(new Error(`stopped by ${name}`));
  };
  process.on("SIGINT", onSignal(130, "SIGINT")).on("SIGTERM", onSignal(143, "SIGTERM"));
  const report = new Report(
    (line) => process.stdout.write(`${line}\n`),
    (line) => process.stderr.write(`${line}\n`),
  );
  const known: Record<string, string> = facts(words);
  try {
    await measure(report, options.value, { stop: stop.signal, known });
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    report.note(`${(stop.signal.reason as Error).message}: the rest is missing`);
  } finally {
    // Also of a bench that failed halfway: each row stands for itself.
    process.stdout.write(`\n${await store(report.markdown(known))}\n`);
  }
  return code;
}

/** Adds to `known` what it learns of the versions. */
async function measure(
  report: Report,
  options: BenchOptions,
  { stop, known }: { readonly stop: AbortSignal; readonly known: Record<string, string> },
): Promise<void> {
  if (options.only.includes("recording")) measureRecording(report);
  if (options.only.includes("load")) {
    await measureLoad({ telling: report, loadgen, stop }, options);
  }
  const measurements = options.only.flatMap((subject) => onServer[subject] ?? []);
  if (measurements.length === 0) return;
  const pgbench = await findPgbench(stop);
  if (pgbench === null)
    report.note(`pgbench's figures, and all ratios to them, are left out: ${howToInstall}`);
  else known.pgbench = `${pgbench.version}, ${pgbench.path}`;
  await withServer(async (server) => {
    known.server = `PostgreSQL ${server.version}, embedded`;
    report.progress("loading the fixture small");
    const fixture = await loadSmallFixture(server);
    const { table, note, progress } = report;
    const bench = { table, note, progress, server, fixture, pgbench, loadgen, options, stop };
    for (const measurement of measurements) {
      stop.throwIfAborted();
      await measurement(bench);
    }
  });
}

/** Returns the path of the file. */
async function store(markdown: string): Promise<string> {
  const time = new Date().toISOString().slice(0, -5).replace(/[-:]/g, "");
  const path = join("reports", `bench-${time}.md`);
  await mkdir("reports", { recursive: true });
  await writeFile(path, markdown);
  return path;
}
