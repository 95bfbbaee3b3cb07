/** Reads back what a run left in its folder. */
import { access, readdir, readFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { z } from "zod";
import { type Parsed, parsed, rejected } from "../core/parsed.ts";
import { decodeHistogram, encodeHistogram } from "../metrics/exchange-format.ts";
import { Histogram } from "../metrics/histogram.ts";
import type { AnyResult } from "./result.ts";

export interface StoredRun {
  /** Absolute. */
  readonly folder: string;
  readonly result: AnyResult;
}

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

const latency = z.looseObject({ p50: z.number().nullable(), p99: z.number().nullable() });
const texts = z.record(z.string(), z.string());

/** Runs stored before it was measured have none. */
const laterFigure = z.number().nullable().default(null);

/**
 * What tells a run.json from other files, and from one that was cut short, as far as its readers
 * would stumble. It is written by this program: the rest is taken to be as it was written.
 */
const runJson = z.looseObject({
  schema: z.literal("loadgen.run/1"),
  verdict: z.looseObject({
    status: z.string(),
    exitCode: z.number(),
    reasons: z.array(z.string()),
  }),
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
  transactions: z.looseObject({
    committed: z.number(),
    lengthMs: z.number(),
    aborted: z.number(),
    unknown: z.number(),
    perSecond: z.number(),
    latencyUs: latency,
  }),
  operations: z.record(
    z.string(),
    z.looseObject({
      latencyUs: latency,
      histogram,
      serviceHistogram: histogram,
      poolWaitHistogram: histogram,
    }),
  ),
  // Runs stored before it was asked for have none.
  explain: z.record(z.string(), z.looseObject({})).nullable().default(null),
  serverPerTransaction: z.looseObject({
    walBytes: z.number().nullable(),
    functionUs: laterFigure,
    hotShare: laterFigure,
    tableBytesGrown: laterFigure,
    indexBytesGrown: laterFigure,
  }),
  serverActivity: z
    .looseObject({ gaps: z.array(z.string()) })
    .nullable()
    .default(null),
  windows: z.array(z.looseObject({ name: z.string() })),
  faults: z.array(z.looseObject({ name: z.string() })),
  stores: z.record(z.string(), z.looseObject({})).default({}),
  soak: z.array(z.looseObject({ table: z.string() })).default([]),
  thresholds: z.array(z.looseObject({ expression: z.string() })),
  invariants: z.array(z.looseObject({ name: z.string() })),
});

/** Of a run's folder, or its run.json. */
export async function storedRun(path: string): Promise<Parsed<StoredRun>> {
  const named = resolve(path);
  const folder = basename(named) === "run.json" ? dirname(named) : named;
  const file = join(folder, "run.json");
  if (!(await exists(file))) return rejected(await otherText(path, folder));
  const read = await storedJson(file, runJson);
  return read.ok ? parsed({ folder, result: read.value as unknown as AnyResult }) : read;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** What others than runs leave in their folders. */
const otherFiles: Readonly<Record<string, string>> = {
  "sweep.json": "that of a sweep",
  "compare.json": "that of a comparison",
  "variants.json": "that of a comparison of variants",
  "nightly.json": "that of a night",
};

/** What the folder is instead of a run's, and which run's folder is within it. */
async function otherText(path: string, folder: string): Promise<string> {
  let names: readonly string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    return `cannot read ${path} (${codeOf(error)}): expected the folder of a run`;
  }
  const kinds = Object.keys(otherFiles).flatMap((file) =>
    names.includes(file) ? (otherFiles[file] ?? []) : [],
  );
  const within = await firstRunIn(folder, [...names, ...(await subfoldersOfRuns(folder))]);
  const example = within === null ? "" : `, such as ${join(path, within)}`;
  return `${path} is not the folder of a run${kinds.map((kind) => `, but ${kind}`).join("")}: expected one with a run.json${example}`;
}

/** A sweep has its runs there. */
async function subfoldersOfRuns(folder: string): Promise<readonly string[]> {
  const names = await readdir(join(folder, "runs")).catch(() => []);
  return names.map((name) => join("runs", name));
}

async function firstRunIn(folder: string, names: readonly string[]): Promise<string | null> {
  for (const name of [...names].sort()) {
    if (await exists(join(folder, name, "run.json"))) return name;
  }
  return null;
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
  const { issues } = read.error;
  // Where even the schema is another one, all else follows from that.
  const foreign = issues.filter(({ path: [first] }) => first === "schema");
  return rejected(
    ...(foreign.length > 0 ? foreign : issues).map(({ path: at, message }) => {
      const where = at.length === 0 ? "" : `${at.join(".")}: `;
      return `${path}: ${where}${message}`;
    }),
  );
}

function codeOf(error: unknown): string {
  return (error as { code?: string }).code ?? String(error);
}
