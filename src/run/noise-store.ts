/**
 * What equal runs on this machine came to: how much two of them differ is the noise that later
 * judgements have to know. A file for each kind of run, a line for each run.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Plan } from "../core/plan.ts";
import { medianOf } from "../metrics/median.ts";
import type { MachineFingerprint, ServerFingerprint } from "../server/fingerprint.ts";
import type { Figures } from "./figures.ts";
import { appendLine, type Lines, readLines } from "./line-file.ts";

export interface NoiseEntry {
  /** When the run ended, ISO 8601. */
  readonly at: string;
  /** The run's folder. */
  readonly run: string;
  readonly figures: Figures;
}

export interface Remembered {
  /** Oldest first. */
  readonly entries: readonly NoiseEntry[];
  /** Lines that are no entry: cut short by a full disk, or somebody else's. */
  readonly unreadable: number;
}

/** More would say little of the machine as it is now. */
const entriesMax = 100;

/** What cannot shape the load: equal runs may differ in it. */
const planLeftOut: readonly (keyof Plan)[] = ["thresholds", "keep", "allowChaosOn", "seed"];
const serverLeftOut: readonly (keyof ServerFingerprint)[] = ["systemIdentifier"];

/** What was run, and where. */
export interface RunGround {
  readonly plan: Plan;
  readonly machine: MachineFingerprint;
  readonly server: ServerFingerprint;
}

/**
 * 16 hexadecimal digits, the same for equal runs: of one load, on one machine, against one kind of
 * server. Loadgen's version is not in it, or every release would begin without any memory; a
 * comparison tells where it differs.
 */
export function noiseKey({ plan, machine, server }: RunGround): string {
  return keyOf({
    plan: without(plan, planLeftOut),
    machine,
    server: without(server, serverLeftOut),
  });
}

/**
 * Likewise, the same for runs that may be held against one another over weeks: of any variant, and
 * of whichever kernel and Node are installed by then.
 */
export function groundKey({ plan, machine, server }: RunGround): string {
  const { cpu, cores, memoryBytes } = machine;
  return keyOf({
    plan: without(plan, [...planLeftOut, "variant"]),
    // What a kernel keeps for itself differs from one to the next.
    machine: { cpu, cores, memoryGb: Math.round(memoryBytes / 2 ** 30) },
    server: without(server, serverLeftOut),
  });
}

function keyOf(equal: object): string {
  const text = JSON.stringify(inOrder(equal));
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

function without(record: object, leftOut: readonly string[]): object {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !leftOut.includes(name)));
}

/** With the names in every object sorted, so that equal values are equal texts. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== "object" || value === null) return value;
  const sorted = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(sorted.map(([name, part]) => [name, inOrder(part)]));
}

/**
 * Adds a run and resolves with those before it. Rejects with an Error that names the file where the
 * folder cannot be made, read or written.
 */
export async function remember(
  folder: string,
  key: string,
  entry: NoiseEntry,
): Promise<Remembered> {
  return explaining(fileOf(folder, key), async (path) =>
    remembered(await appendLine(path, entry, entryIn)),
  );
}

/** What `remember` would resolve with, adding nothing. Rejects where there is a file that cannot be read. */
export async function recall(folder: string, key: string): Promise<Remembered> {
  return explaining(fileOf(folder, key), async (path) =>
    remembered(await readLines(path, entryIn)),
  );
}

function remembered({ values, unreadable }: Lines<NoiseEntry>): Remembered {
  return { entries: values.slice(-entriesMax), unreadable };
}

/** How far apart runs are, in transactions committed a second. */
export interface RunSpread {
  readonly count: number;
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** Null without any entry. */
export function spreadOf(entries: readonly NoiseEntry[]): RunSpread | null {
  if (entries.length === 0) return null;
  const values = entries.map(({ figures }) => figures.throughput ?? 0);
  return {
    count: values.length,
    min: Math.min(...values),
    median: medianOf(values),
    max: Math.max(...values),
  };
}

function fileOf(folder: string, key: string): string {
  return join(folder, `${key}.ndjson`);
}

async function explaining<T>(path: string, work: (path: string) => Promise<T>): Promise<T> {
  try {
    return await work(path);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`cannot compare with equal runs, which are kept in ${path}: ${why}`, {
      cause: error,
    });
  }
}

function entryIn(value: unknown): NoiseEntry | null {
  return isEntry(value) ? value : null;
}

function isEntry(value: unknown): value is NoiseEntry {
  if (!isRecord(value)) return false;
  const { at, run, figures } = value;
  return (
    typeof at === "string" &&
    !Number.isNaN(Date.parse(at)) &&
    typeof run === "string" &&
    isRecord(figures) &&
    Object.values(figures).every((figure) => Number.isFinite(figure) && Number(figure) > 0)
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
