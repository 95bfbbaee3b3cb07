/**
 * The nights of a suite, a line each in a file that only ever grows: what was measured in a night
 * whose folder is long gone can still be held against tonight's.
 */
import { mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { counted } from "../core/counted.ts";
import { appendLine, readLines } from "../run/line-file.ts";
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
  const { values, unreadable } = await readLines(file, nightIn);
  if (values.length === 0 && unreadable > 0) {
    throw new Error(`none of its ${counted(unreadable, "line")} is a night`);
  }
  return {
    nights: values
      .filter((night) => night.suite === suite)
      .sort((one, other) => Date.parse(one.at) - Date.parse(other.at)),
    unreadable,
  };
}

/** Creates folder and file where they are missing, and adds nothing. Rejects where it cannot be written. */
export async function openHistory(file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await (await open(file, "a")).close();
}

/** Creates folder and file where they are missing. Rejects where it cannot be written. */
export async function appendNight(file: string, night: NightLine): Promise<void> {
  await appendLine(file, night, nightIn);
}

function nightIn(value: unknown): NightLine | null {
  return nightLine.safeParse(value).data ?? null;
}
