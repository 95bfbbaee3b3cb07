/** This machine's own ceiling: what the load generator does against a server that does nothing. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { MachineFingerprint } from "../server/fingerprint.ts";

export interface CalibrationStep {
  readonly sessions: number;
  readonly perSecond: number;
  /** Of the generator, all threads, for one operation. */
  readonly cpuUs: number;
}

export interface Calibration {
  readonly schema: "loadgen.calibration/1";
  /** ISO 8601. */
  readonly at: string;
  readonly machine: MachineFingerprint;
  readonly steps: readonly CalibrationStep[];
}

export async function storeCalibration(path: string, calibration: Calibration): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify(calibration, null, 2)}\n`);
}

/** Null where this machine, as it is now, was never calibrated. */
export async function readCalibration(
  path: string,
  machine: MachineFingerprint,
): Promise<Calibration | null> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return null;
    throw error;
  }
  const stored = parsed(text);
  return stored !== null && same(stored.machine, machine) ? stored : null;
}

/** A file that was cut short, or is another version's, is none. */
function parsed(text: string): Calibration | null {
  try {
    const read = JSON.parse(text) as Partial<Calibration> | null;
    return read?.schema === "loadgen.calibration/1" ? (read as Calibration) : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function same(one: MachineFingerprint, other: MachineFingerprint): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
