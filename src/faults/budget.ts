/** What a fault may take of the disk: a limit of its own, and room that must be there before the run. */
import type { ParameterLimits } from "../core/fault-text.ts";
import type { FaultPlace } from "./fault.ts";

const kilobyte = 1024;
const megabyte = 1024 ** 2;
const gigabyte = 1024 ** 3;

/** A parameter in bytes, such as 64MB, at which the fault stops by itself. */
export function budgetParameter(bytes: number, help: string): ParameterLimits {
  return { unit: "bytes", min: 64 * kilobyte, max: 1024 * gigabyte, default: bytes, help };
}

/** The run itself and the server's log files need room, too. */
const spareBytes = gigabyte;

/** Why the disk has no room for it. Where the server's machine is not ours, nobody can tell. */
export async function roomProblems(
  fault: string,
  { host }: FaultPlace,
  budgetBytes: number,
): Promise<readonly string[]> {
  if (host === null) return [];
  const freeBytes = await host.freeBytes();
  const neededBytes = 2 * budgetBytes + spareBytes;
  if (freeBytes >= neededBytes) return [];
  return [
    `${fault} may take ${megabytes(budgetBytes)} and wants twice that and ${megabytes(spareBytes)} more ` +
      `to be free where the server has its data, which has ${megabytes(freeBytes)}: lower its budget or make room`,
  ];
}

/** `64 MB`, `1.5 MB`. */
export function megabytes(bytes: number): string {
  return `${Math.round((10 * bytes) / megabyte) / 10} MB`;
}

/** For the proof: `; it stopped at its budget of 64 MB`, or nothing. */
export function budgetText(spent: boolean, budgetBytes: number): string {
  return spent ? `; it stopped at its budget of ${megabytes(budgetBytes)}` : "";
}
