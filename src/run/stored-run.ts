/** Reads back what a run left in its folder. */
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { z } from "zod";
import { type Parsed, parsed, rejected } from "../core/parsed.ts";
import type { AnyResult } from "./result.ts";

export interface StoredRun {
  /** Absolute. */
  readonly folder: string;
  readonly result: AnyResult;
}

const latency = z.looseObject({ p50: z.number().nullable(), p99: z.number().nullable() });
const texts = z.record(z.string(), z.string());

/**
 * What tells a run.json from other files, and from one that was cut short, as far as its readers
 * would stumble. It is written by this program: the rest is taken to be as it was written.
 */
const runJson = z.looseObject({
  schema: z.literal("loadgen.run/1"),
  verdict: z.looseObject({ exitCode: z.number(), reasons: z.array(z.string()) }),
  plan: z.looseObject({
    scenario: z.string(),
    engine: z.string(),
    seed: z.number(),
    sessions: z.number(),
    rate: z.number().nullable(),
    faults: z.array(z.string()),
  }),
  server: z.looseObject({ version: z.string(), settings: texts }),
  machine: z.looseObject({ cpu: z.string(), cores: z.number() }),
  transactions: z.looseObject({ perSecond: z.number(), latencyUs: latency }),
  operations: z.record(z.string(), z.looseObject({ latencyUs: latency, histogram: z.string() })),
  serverPerTransaction: z.looseObject({ walBytes: z.number().nullable() }),
  windows: z.array(z.looseObject({ name: z.string() })),
  faults: z.array(z.looseObject({ name: z.string() })),
  thresholds: z.array(z.looseObject({ expression: z.string() })),
  invariants: z.array(z.looseObject({ name: z.string() })),
});

/** Of a run's folder, or its run.json. */
export async function storedRun(path: string): Promise<Parsed<StoredRun>> {
  const folder = resolve(path.replace(/[/\\]run\.json$/, ""));
  const file = join(folder, "run.json");
  const read = await storedJson(file, runJson);
  return read.ok ? parsed({ folder, result: read.value as unknown as AnyResult }) : read;
}

/** A file's content, if the schema takes it; the problems name the file, and all that is wrong. */
export async function storedJson<T>(path: string, schema: z.ZodType<T>): Promise<Parsed<T>> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    const why = error instanceof SyntaxError ? "it is not JSON" : codeOf(error);
    return rejected(`cannot read ${path} (${why}): expected what a run has written`);
  }
  const read = schema.safeParse(content);
  if (read.success) return parsed(read.data);
  return rejected(
    ...read.error.issues.map(({ path: at, message }) => {
      const where = at.length === 0 ? "" : `${at.join(".")}: `;
      return `${path}: ${where}${message}`;
    }),
  );
}

function codeOf(error: unknown): string {
  return (error as { code?: string }).code ?? String(error);
}
