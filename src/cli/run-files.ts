/** Reads all that a run left in its folder, for its page. */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { type Parsed, parsed, problemsOf, rejected } from "../core/parsed.ts";
import type { CounterSnapshot } from "../observe/snapshots/counters.ts";
import type { RunFiles } from "../report/page/run-page.ts";
import { explainFile } from "../run/explain/explain.ts";
import type { Explained } from "../run/explain/explained.ts";
import type { RunSample } from "../run/listener.ts";
import { storedJson, storedRun } from "../run/stored-run.ts";
import { planIn } from "./plan-file.ts";

const countersFields = z.looseObject({ takenAt: z.string(), startedAt: z.string() });

const sampleFields = z.looseObject({
  phase: z.enum(["warmup", "measured"]),
  atMs: z.number(),
  latencyUs: z.looseObject({}),
  waits: z.array(z.looseObject({ event: z.string(), count: z.number() })),
  lockEdges: z.array(z.looseObject({ blocked: z.string(), blocker: z.string() })),
});

export async function runFiles(folder: string): Promise<Parsed<RunFiles>> {
  const [run, plan, before, after, samples, explained] = await Promise.all([
    storedRun(folder),
    planIn(folder),
    counters(folder, "before.json"),
    ifThere(folder, "after.json", () => counters(folder, "after.json")),
    ifThere(folder, "samples.ndjson", () => samplesIn(folder)),
    ifThere(folder, explainFile, () => explainedIn(folder)),
  ]);
  if (run.ok && plan.ok && before.ok && after.ok && samples.ok && explained.ok) {
    return parsed({
      run: run.value.result,
      plan: plan.value,
      before: before.value,
      after: after.value,
      samples: samples.value ?? [],
      explained: explained.value,
    });
  }
  return rejected(...problemsOf(run, plan, before, after, samples, explained));
}

async function counters(folder: string, name: string): Promise<Parsed<CounterSnapshot>> {
  const read = await storedJson(join(folder, name), countersFields);
  return read.ok ? parsed(read.value as unknown as CounterSnapshot) : read;
}

const passFields = z.looseObject({ operations: z.record(z.string(), z.looseObject({})) });
const explainFields = z.looseObject({
  schema: z.literal("loadgen.explain/1"),
  before: passFields.nullable(),
  after: passFields.nullable(),
});

async function explainedIn(folder: string): Promise<Parsed<Explained>> {
  const read = await storedJson(join(folder, explainFile), explainFields);
  return read.ok ? parsed(read.value as unknown as Explained) : read;
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
