/** loadgen as its users run it: the built command, a process of its own, measured by its own run.json. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Address } from "../src/server/address.ts";
import type { Bench } from "./bench.ts";
import { startChild } from "./child.ts";
import { type Usage, watchUsage } from "./usage.ts";

const figure = z.number().nullable();

/** What the bench reads of run.json. */
const result = z.object({
  verdict: z.object({ reasons: z.array(z.string()) }),
  transactions: z.object({ perSecond: z.number() }),
  generator: z.object({ rssBytesMax: z.number(), cpuUsPerTransaction: z.number().nullable() }),
  operations: z.record(
    z.string(),
    z.object({ latencyUs: z.object({ mean: figure, p50: figure, p99: figure }) }),
  ),
});

type LoadgenResult = z.infer<typeof result>;

export interface LoadgenRun {
  readonly scenario: string;
  readonly sessions: number;
  /** As on the command line. */
  readonly think: string;
  readonly seconds: number;
  /** The path of the k6 that drives the sessions; null: Node does, with pg. */
  readonly k6: string | null;
}

/** As long as loadgen warms up before it measures; pgbench gets a run of its own for it. */
export const warmupSeconds = 2;

export interface LoadgenEnded {
  readonly code: number | null;
  readonly result: LoadgenResult;
  /** What its process used in the middle of the measured time; null if that was not seen. */
  readonly usage: Usage | null;
}

let runs = 0;

/** Whatever the run's verdict; rejects if there is none. */
export async function runLoadgen(
  { server, loadgen, stop }: Bench,
  database: Address,
  run: LoadgenRun,
): Promise<LoadgenEnded> {
  const out = join(server.folder, `run-${runs++}`);
  await mkdir(out);
  const words = [
    ...["run", run.scenario, "--sessions", String(run.sessions), "--think", run.think],
    ...["--warmup", `${warmupSeconds}s`, "--duration", `${run.seconds}s`],
    ...(run.k6 === null ? [] : ["--engine", "k6", "--k6", run.k6]),
    ...["--existing", "--url", database.display, "--quiet", "--json", "--out", out],
  ];
  const over = new AbortController();
  const { pid, ended } = startChild({
    program: process.execPath,
    words: [loadgen, ...words],
    env: { LOADGEN_HOME: join(server.folder, "loadgen"), PGPASSWORD: server.password },
    stop,
  });
  const [{ code, stdout, stderr }, usage] = await Promise.all([
    ended.finally(() => over.abort()),
    watchUsage(pid, { folder: out, seconds: run.seconds, over: over.signal }),
  ]);
  if (!stdout.startsWith("{")) {
    throw new Error(`loadgen ${words.join(" ")}\nended with ${code}:\n${stdout}\n${stderr}`);
  }
  return { code, result: result.parse(JSON.parse(stdout)), usage };
}

/** Says what kept a run from passing: its figures count all the same. */
export function noteVerdict(bench: Bench, run: LoadgenRun, { code, result }: LoadgenEnded): void {
  if (code === 0) return;
  const { reasons } = result.verdict;
  bench.note(
    `loadgen run ${run.scenario} with ${run.sessions} sessions${run.k6 === null ? "" : " on k6"} ended with ${code}: ${reasons.join("; ")}`,
  );
}

/** Throws where it was not seen. */
export function usageOf({ usage }: LoadgenEnded): Usage {
  if (usage !== null) return usage;
  throw new Error("what loadgen used was not seen: reading it needs Linux, with /proc");
}
