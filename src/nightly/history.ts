/**
 * The nights of a suite, a line each in a file that only ever grows: what was measured in a night
 * whose folder is long gone can still be held against tonight's.
 */
import { appendFile, mkdir, open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { counted } from "../core/counted.ts";
import type { NightLine } from "./result.ts";

export interface History {
  /** Of this suite, oldest first. */
  readonly nights: readonly NightLine[];
  /** Lines that are no night. */
  readonly unreadable: number;
}

const runLine = z.object({
  folder: z.string(),
  exitCode: z.number(),
  variant: z.string().nullable(),
  ground: z.string(),
  noiseKey: z.string(),
  figures: z.record(z.string(), z.number().positive()),
  judged: z.enum(["same", "faster", "slower", "unstable"]).nullable(),
});

const nightLine = z.object({
  schema: z.literal("loadgen.night-line/1"),
  at: z.iso.datetime(),
  suite: z.string(),
  loadgen: z.string(),
  commit: z.string().nullable(),
  exitCode: z.number(),
  runs: z.record(z.string(), runLine),
}) satisfies z.ZodType<NightLine>;

/** Of the suite of this name. Empty where there is no file yet; rejects where it cannot be read, or has no line that is a night. */
export async function readHistory(file: string, suite: string): Promise<History> {
  const lines = (await textOf(file)).split("\n").filter((line) => line.trim() !== "");
  const nights = lines.map(nightIn).filter((night) => night !== null);
  if (nights.length === 0 && lines.length > 0) {
    throw new Error(`none of its ${counted(lines.length, "line")} is a night`);
  }
  return {
    nights: nights
      .filter((night) => night.suite === suite)
      .sort((one, other) => Date.parse(one.at) - Date.parse(other.at)),
    unreadable: lines.length - nights.length,
  };
}

/** Creates folder and file where they are missing, and adds nothing. Rejects where it cannot be written. */
export async function openHistory(file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await (await open(file, "a")).close();
}

/** Creates folder and file where they are missing. Rejects where it cannot be written. */
export async function appendNight(file: string, night: NightLine): Promise<void> {
  await openHistory(file);
  const text = await textOf(file);
  // Whatever was left of a line that was cut short must not swallow this one.
  const separator = text === "" || text.endsWith("\n") ? "" : "\n";
  // One write in append mode: lines of two nights that end at once do not mix.
  await appendFile(file, `${separator}${JSON.stringify(night)}\n`);
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as { code?: unknown }).code === "ENOENT") return "";
    throw error;
  }
}

function nightIn(line: string): NightLine | null {
  try {
    return nightLine.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    // Not even JSON: counted with what is no night for another reason.
    return null;
  }
}
