/** Which server a command works on: the one of --url, the one of PGHOST, or the embedded one. */
import os from "node:os";
import { join } from "node:path";
import type { HostControl } from "../faults/host.ts";
import { Address } from "../server/address.ts";
import { reviveServer } from "../run/faults/revive.ts";
import { ServerError } from "../server/connection.ts";
import { startEmbedded } from "../server/embedded.ts";
import { homeFolder } from "../server/home.ts";
import { hostControl } from "../server/host-control.ts";

export interface Target {
  /** The maintenance database of the embedded server, or the database that the user named. */
  readonly address: Address;
  readonly embedded: boolean;
  /** Null: the server's processes are not ours to stop. */
  readonly host: HostControl | null;
  /** Asked when a connection died: true once the server may be back that a living run has stopped. */
  readonly comesBack: () => Promise<boolean>;
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

/**
 * Starts the embedded server if it is that one, once no living run keeps it down.
 * @param signal ends the wait for that run.
 */
export async function target(
  named: Address | null,
  signal = new AbortController().signal,
): Promise<Target> {
  if (named !== null) {
    const comesBack = () => Promise.resolve(false);
    return { address: named, embedded: false, host: null, comesBack, description: named.display };
  }
  await revived(signal);
  const server = await startEmbedded(home());
  return {
    address: server.address,
    embedded: true,
    host: hostControl(home()),
    comesBack: comingBack(signal),
    description: `embedded PostgreSQL ${server.version} at 127.0.0.1:${server.port}`,
  };
}

/**
 * Undoes what a dead run left of faults that stop the embedded server, and waits for a living one.
 * Resolves with whether it waited. Throws ServerError for a server that somebody else has stopped.
 */
export async function revived(signal = new AbortController().signal): Promise<boolean> {
  const host = hostControl(home());
  const revive = () =>
    reviveServer(
      { journalFolder: journalFolder(), host },
      {
        signal,
        onWaiting: (pid, fault) =>
          process.stderr.write(
            `waiting for the run of process ${pid}, whose ${fault} keeps the server from answering\n`,
          ),
      },
    );
  const hasWaited = await revive();
  if (!(await standsStill(host))) return hasWaited;
  // A run may have stopped it between the two looks; then its entry is there now.
  if (await revive()) return true;
  if (!(await standsStill(host))) return hasWaited;
  throw new ServerError(
    "every process of the embedded server is stopped, and no run of loadgen's has done that: " +
      "whoever has must let them go on (kill -CONT)",
    "",
  );
}

/**
 * For what waits for no run and undoes nothing, and would otherwise wait for an answer without an end.
 * Throws ServerError where the embedded server stands still.
 */
export async function checkAnswers(): Promise<void> {
  if (!(await standsStill(hostControl(home())))) return;
  throw new ServerError(
    "every process of the embedded server is stopped: wait for the run whose freeze this is, or, " +
      "if it is gone, run loadgen chaos restore",
    "",
  );
}

async function standsStill(host: HostControl): Promise<boolean> {
  const { stopped, all } = await host.processes();
  return all > 0 && stopped === all;
}

/** A run strikes out its entry as soon as its server takes connections; our own may take a moment more. */
const patienceMs = 5_000;

function comingBack(signal: AbortSignal): () => Promise<boolean> {
  let firstMs = Number.NEGATIVE_INFINITY;
  let lastMs = Number.NEGATIVE_INFINITY;
  return async () => {
    const hasWaited = await revived(signal);
    const nowMs = performance.now();
    // What failed long ago was another time.
    if (hasWaited || nowMs - lastMs > patienceMs) firstMs = nowMs;
    lastMs = nowMs;
    return nowMs - firstMs < patienceMs;
  };
}
