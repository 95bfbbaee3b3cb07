/** Reads what a run left in its folder, for its page. */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { type Parsed, parsed, problemsOf, rejected } from "../core/parsed.ts";
import { decodeHistogram, encodeHistogram } from "../metrics/exchange-format.ts";
import { Histogram } from "../metrics/histogram.ts";
import type { CounterSnapshot } from "../observe/counters.ts";
import type { StoredRun } from "../report/page/run-page.ts";
import type { RunSample } from "../run/listener.ts";
import type { AnyResult } from "../run/result.ts";
import { planIn } from "./plan-file.ts";

/** Runs stored before there were any have none: then nothing is known of it. */
const histogram = z
  .string()
  .refine(isHistogram, "expected a histogram in HdrHistogram's compressed format")
  .default(() => encodeHistogram(new Histogram()));

function isHistogram(base64: string): boolean {
  try {
    decodeHistogram(base64);
    return true;
  } catch {
    // Its own words are about bytes and buffers.
    return false;
  }
}

/** What tells a run's file from any other; loadgen itself wrote it, and wrote the rest as well. */
const runFields = z.looseObject({
  schema: z.literal("loadgen.run/1"),
  verdict: z.looseObject({ status: z.string(), exitCode: z.int(), reasons: z.array(z.string()) }),
  plan: z.looseObject({ scenario: z.string(), faults: z.array(z.string()) }),
  operations: z.record(
    z.string(),
    z.looseObject({
      histogram,
      serviceHistogram: histogram,
      poolWaitHistogram: histogram,
    }),
  ),
  transactions: z.looseObject({ committed: z.int(), lengthMs: z.number() }),
});

const countersFields = z.looseObject({ takenAt: z.string(), startedAt: z.string() });

const sampleFields = z.looseObject({
  phase: z.enum(["warmup", "measured"]),
  atMs: z.number(),
  latencyUs: z.looseObject({}),
  waits: z.array(z.looseObject({ event: z.string(), count: z.number() })),
  lockEdges: z.array(z.looseObject({ blocked: z.string(), blocker: z.string() })),
});

export async function storedRun(folder: string): Promise<Parsed<StoredRun>> {
  if (!(await isFolder(folder))) return rejected(`${folder}: expected the folder of a run`);
  const [run, plan, before, after, samples] = await Promise.all([
    fileOf<AnyResult>(folder, "run.json", runFields),
    planIn(folder),
    fileOf<CounterSnapshot>(folder, "before.json", countersFields),
    ifThere(folder, "after.json", () =>
      fileOf<CounterSnapshot | null>(folder, "after.json", countersFields),
    ),
    ifThere(folder, "samples.ndjson", () => samplesIn(folder)),
  ]);
  if (run.ok && plan.ok && before.ok && after.ok && samples.ok) {
    return parsed({
      run: run.value,
      plan: plan.value,
      before: before.value,
      after: after.value,
      samples: samples.value ?? [],
    });
  }
  return rejected(...problemsOf(run, plan, before, after, samples));
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    // Whatever is in the way, there is no folder to read.
    return false;
  }
}

/** A server that was gone left no after.json; runs that nobody looked at have no samples. */
async function ifThere<T>(
  folder: string,
  name: string,
  read: () => Promise<Parsed<T>>,
): Promise<Parsed<T | null>> {
  try {
    await stat(join(folder, name));
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return parsed(null);
  }
  return read();
}

async function fileOf<T>(folder: string, name: string, fields: z.ZodType): Promise<Parsed<T>> {
  const path = join(folder, name);
  try {
    return checked<T>(path, JSON.parse(await readFile(path, "utf8")), fields);
  } catch (error) {
    return rejected(`${path}: expected what a run wrote: ${whyOf(error)}`);
  }
}

async function samplesIn(folder: string): Promise<Parsed<readonly RunSample[]>> {
  const path = join(folder, "samples.ndjson");
  const samples: RunSample[] = [];
  try {
    const lines = (await readFile(path, "utf8")).split("\n");
    for (const [index, line] of lines.entries()) {
      if (line === "") continue;
      const sample = checked<RunSample>(
        `${path}, line ${index + 1}`,
        JSON.parse(line),
        sampleFields,
      );
      if (!sample.ok) return sample;
      samples.push(sample.value);
    }
  } catch (error) {
    return rejected(`${path}: expected a sample a line: ${whyOf(error)}`);
  }
  return parsed(samples);
}

function checked<T>(path: string, value: unknown, fields: z.ZodType): Parsed<T> {
  const read = fields.safeParse(value);
  if (read.success) return parsed(read.data as T);
  return rejected(
    ...read.error.issues.map((issue) => `${path}: ${issue.path.join(".")}: ${issue.message}`),
  );
}

function whyOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
