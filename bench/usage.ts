/**
 * Processor time of loadgen's whole process, all its threads included, while it measures. Its own
 * figures are those of the threads that drive sessions, and its start is no part of a transaction's
 * cost; so the time is read here, from /proc, as each second's line appears in samples.ndjson.
 */
import { readdir, readFile, watch } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

export interface Usage {
  readonly cpuUs: number;
  readonly seconds: number;
  /** Ended in these seconds, in any way. */
  readonly transactions: number;
}

/**
 * Watches a run's folder, which must be there. From about the first measured second's end to the
 * last one's beginning; null if that was not seen.
 */
export async function watchUsage(
  pid: number | undefined,
  { folder, seconds, over }: Watched,
): Promise<Usage | null> {
  const cpuUsAt = new Map<number, number>();
  let samples: readonly Sample[] = [];
  try {
    for await (const { filename } of watch(folder, { signal: over })) {
      if (filename !== samplesFile || pid === undefined) continue;
      const read = measuredIn(await readFile(join(folder, samplesFile), "utf8"));
      if (read.length === samples.length) continue;
      samples = read;
      const cpuUs = await processCpuUs(pid);
      if (cpuUs !== null) cpuUsAt.set(read.length, cpuUs);
    }
  } catch (error) {
    // This is how watching ends.
    if (!over.aborted) throw error;
  }
  return usageBetween(samples, cpuUsAt, seconds);
}

interface Watched {
  readonly folder: string;
  /** Measured time. */
  readonly seconds: number;
  /** Aborts when the run is over. */
  readonly over: AbortSignal;
}

const samplesFile = "samples.ndjson";

/**
 * Between the first and the last second at whose end the time was read, without the first and the
 * last of all. Null if there are no two: the run failed or was short, or this is no Linux.
 * @param cpuUsAt by the number of seconds that were over.
 */
export function usageBetween(
  samples: readonly Sample[],
  cpuUsAt: ReadonlyMap<number, number>,
  seconds: number,
): Usage | null {
  const read = [...cpuUsAt].filter(([second]) => second < seconds);
  const [first, last] = [read[0], read.at(-1)];
  if (first === undefined || last === undefined || first === last) return null;
  const between = samples.slice(first[0], last[0]);
  return {
    cpuUs: last[1] - first[1],
    seconds: last[0] - first[0],
    transactions: between.reduce((sum, { achieved }) => sum + achieved, 0),
  };
}

const sample = z.object({ phase: z.string(), atMs: z.number(), achieved: z.number() });
export type Sample = z.infer<typeof sample>;

/** The seconds of the measured time, in order. A line that is still being written is left out. */
export function measuredIn(ndjson: string): readonly Sample[] {
  return ndjson
    .slice(0, ndjson.lastIndexOf("\n") + 1)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => sample.parse(JSON.parse(line)))
    .filter(({ phase }) => phase === "measured");
}

/** Of all threads that are there, in microseconds; null if the process is gone or this is no Linux. */
async function processCpuUs(pid: number): Promise<number | null> {
  const folder = join("/proc", String(pid), "task");
  try {
    const threads = await readdir(folder);
    const texts = await Promise.all(
      threads.map((thread) => readFile(join(folder, thread, "schedstat"), "utf8")),
    );
    // The first figure is the time on a core, in nanoseconds (proc documentation, schedstat).
    return texts.reduce((sum, text) => sum + Number(text.split(" ")[0]) / 1000, 0);
  } catch {
    return null;
  }
}
