/**
 * What the server wrote down of itself in global/pg_control, readable while it is down. The first
 * fields have been the same since 8.0: system identifier (8 bytes), versions of the file and of the
 * catalog (4 each), and the state of the cluster (4); src/include/catalog/pg_control.h.
 */
import { open } from "node:fs/promises";
import { endianness } from "node:os";
import { join } from "node:path";

/** In this order, in the words of pg_controldata. */
const states = [
  "starting up",
  "shut down",
  "shut down in recovery",
  "shutting down",
  "in crash recovery",
  "in archive recovery",
  "in production",
] as const;

const stateOffset = 16;

/** "shut down": it wrote its last checkpoint. "in production": it did not, and recovers when it starts. */
export async function clusterState(dataFolder: string): Promise<string> {
  const file = await open(join(dataFolder, "global", "pg_control"), "r");
  try {
    const bytes = Buffer.alloc(4);
    await file.read(bytes, 0, bytes.length, stateOffset);
    const number = endianness() === "LE" ? bytes.readUInt32LE() : bytes.readUInt32BE();
    return states[number] ?? `unknown (${number})`;
  } finally {
    await file.close();
  }
}
