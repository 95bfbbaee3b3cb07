/** Which server a command works on: the one of --url, the one of PGHOST, or the embedded one. */
import os from "node:os";
import { join } from "node:path";
import type { HostControl } from "../faults/host.ts";
import { Address } from "../server/address.ts";
import { startEmbedded } from "../server/embedded.ts";
import { homeFolder } from "../server/home.ts";

export interface Target {
  /** The maintenance database of the embedded server, or the database that the user named. */
  readonly address: Address;
  readonly embedded: boolean;
  /** Null: the server's processes are not ours to stop. */
  readonly host: HostControl | null;
  /** Such as `embedded PostgreSQL 18.4 at 127.0.0.1:5433`. */
  readonly description: string;
}

export function home(): string {
  return homeFolder(process.env, process.getuid?.() ?? -1, os.homedir());
}

/** Where this machine's journal of faults is. */
export function journalFolder(): string {
  return join(home(), "journal");
}

/** Where equal runs are remembered. */
export function noiseFolder(): string {
  return join(home(), "noise");
}

/** Where this machine's calibration is kept. */
export function calibrationFile(): string {
  return join(home(), "calibration.json");
}

/** The user's own server, if one is named; null means the embedded one. */
export function namedAddress(url: string | undefined): Address | null {
  if (url === undefined && !process.env.PGHOST) return null;
  return Address.from(url ?? null, process.env);
}

/** Starts the embedded server if it is that one. */
export async function target(named: Address | null): Promise<Target> {
  if (named !== null) {
    return { address: named, embedded: false, host: null, description: named.display };
  }
  const server = await startEmbedded(home());
  return {
    address: server.address,
    embedded: true,
    host: null,
    description: `embedded PostgreSQL ${server.version} at 127.0.0.1:${server.port}`,
  };
}
