/**
 * The server process of a data folder, as its postmaster.pid tells it. That file is the truth about
 * a running server, but it outlives a killed one, and then another process may have got its number.
 */
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ServerError } from "./connection.ts";
import { signal } from "./processes.ts";

export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  readonly socketFolder: string;
  readonly ready: boolean;
}

/** How long a server may recover after a crash, or write its last checkpoint. */
const settleTimeoutMs = 60_000;
const pollMs = 50;

/** The running server of a data folder, ready or not; null if there is none. */
export async function findPostmaster(dataFolder: string): Promise<Postmaster | null> {
  const written = await readPidFile(dataFolder);
  return written !== null && (await serves(written.pid, dataFolder)) ? written : null;
}

/** The same, once it is ready; waits for a server that is starting or stopping. */
export async function settledPostmaster(dataFolder: string): Promise<Postmaster | null> {
  const found = await poll(async () => {
    const postmaster = await findPostmaster(dataFolder);
    return postmaster === null || postmaster.ready ? { postmaster } : null;
  });
  if (found !== null) return found.postmaster;
  throw new ServerError(
    `the server in ${dataFolder} has neither become ready nor stopped for ${settleTimeoutMs / 1000} s: ` +
      "look at server.log beside it",
    "",
  );
}

/** Fast shutdown: sessions are ended, a checkpoint is written (manual, section 18.5). */
export async function shutDown(pid: number, dataFolder: string): Promise<void> {
  signal(pid, "SIGINT");
  await awaitEnd(pid, dataFolder);
}

/** Until this server is gone. Throws ServerError if it stays. */
export async function awaitEnd(pid: number, dataFolder: string): Promise<void> {
  const stopped = await poll(async () => ((await serves(pid, dataFolder)) ? null : true));
  if (stopped === null) {
    throw new ServerError(
      `the server in ${dataFolder} (process ${pid}) has not stopped for ${settleTimeoutMs / 1000} s`,
      "",
    );
  }
}

/** Above every process number: PID_MAX_LIMIT of Linux is 2^22. */
const pidOfNobody = 4_194_305;

/**
 * PostgreSQL clears away the pid file of a dead server, and first checks by it that no orphaned
 * backend still uses the data. But it refuses to start if a living process has got the number by
 * now, so we put a number there that no process has. For when no server runs here.
 */
export async function disarmStalePidFile(dataFolder: string): Promise<void> {
  const path = pidFile(dataFolder);
  const text = await readFile(path, "utf8").catch(nullIfMissing);
  if (text !== null) await writeFile(path, text.replace(/^.*$/m, String(pidOfNobody)));
}

/** Lines: process, data folder, start time, port, socket folder, address, shared memory, status. */
async function readPidFile(dataFolder: string): Promise<Postmaster | null> {
  const text = await readFile(pidFile(dataFolder), "utf8").catch(nullIfMissing);
  if (text === null) return null;
  const lines = text.split("\n");
  return {
    pid: Number(lines[0]),
    port: Number(lines[3]),
    socketFolder: lines[4] ?? "",
    ready: lines[7]?.trim() === "ready",
  };
}

function pidFile(dataFolder: string): string {
  return join(dataFolder, "postmaster.pid");
}

/** Whether this process is the server of this data folder. */
async function serves(pid: number, dataFolder: string): Promise<boolean> {
  if (!isAlive(pid)) return false;
  // Without /proc there is no knowing better.
  if (process.platform !== "linux") return true;
  // The command line is readable for all; cwd and exe are not, even for root in a container. A
  // process that died but was not collected has an empty one.
  const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(nullIfMissing);
  const [program, option, folder] = (line ?? "").split("\0");
  if (!program?.endsWith("/postgres") || option !== "-D" || folder === undefined) return false;
  return isSameFolder(folder, dataFolder);
}

/** The folder that a server was started with may have been moved since; a missing one is taken for ours. */
async function isSameFolder(started: string, dataFolder: string): Promise<boolean> {
  const one = await stat(started).catch(nullIfMissing);
  const other = await stat(dataFolder);
  return one === null || (one.dev === other.dev && one.ino === other.ino);
}

function isAlive(pid: number): boolean {
  // 0 and negative numbers, and what is no number, mean something else to kill().
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // It lives, as somebody else.
  }
}

function nullIfMissing(error: unknown): null {
  const { code } = error as NodeJS.ErrnoException;
  // ESRCH: the process ended while its /proc file was read.
  if (code === "ENOENT" || code === "ENOTDIR" || code === "ESRCH") return null;
  throw error;
}

/** Asks until there is an answer; null when time is up. */
async function poll<T>(ask: () => Promise<T | null>): Promise<T | null> {
  const end = performance.now() + settleTimeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== null || performance.now() > end) return answer;
    await sleep(pollMs);
  }
}
