/** A command of many runs: each is stored in a folder below the command's own. */
import { join } from "node:path";
import type { Plan } from "../core/plan.ts";
import type { RunListener } from "../run/listener.ts";
import type { RunRequest } from "../run/request.ts";
import type { RunResult } from "../run/result.ts";
import { RunFolder } from "../run/store.ts";
import { perform } from "./perform.ts";
import type { Request } from "./run-request.ts";

interface InSeries extends Pick<RunRequest, "server" | "k6" | "interrupted" | "listener"> {
  /** Of the command. */
  readonly folder: RunFolder;
  /** Of the run's folder, in `runs`. */
  readonly name: string;
}

/** Rejects as `perform` does. */
export async function performInSeries(
  request: Pick<Request, "plan" | "scenario" | "system" | "thresholds">,
  { folder, name, ...around }: InSeries,
): Promise<RunResult> {
  const own = await RunFolder.create(join(folder.path, "runs", name));
  let result: RunResult | null = null;
  try {
    result = await perform(request, { folder: own, ...around });
    folder.markMeasured();
    return result;
  } finally {
    if (result === null && (await own.abandon())) folder.markMeasured();
  }
}

/** A run's phases and seconds are not for the screen of a series; its notes are, and the loading of its data. */
export function ofEachRun(listener: RunListener): RunListener {
  return { ...listener, phase: () => undefined, sample: () => undefined };
}

/** A run's clone, its connections, its audit: what it takes beside its planned times, more or less. */
const aroundRunMs = 1_500;

/** Null: nobody knows. */
export function runMsOf({ warmupMs, durationMs }: Plan): number | null {
  return durationMs === null ? null : warmupMs + durationMs + aroundRunMs;
}
