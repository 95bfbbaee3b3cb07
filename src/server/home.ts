/**
 * LOADGEN_HOME: the folder in which binaries, data and password of the embedded server stay from
 * one run to the next, and the lock that lets only one process at a time start or stop it.
 */
import { chmod, mkdir, realpath } from "node:fs/promises";
import { isAbsolute, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { lock } from "proper-lockfile";
import { ServerError } from "./connection.ts";

/** Root's default: not below /root, which the server's user cannot enter. */
const rootHome = "/var/lib/loadgen";

/** The environment's LOADGEN_HOME, or where per-user state belongs (XDG base directory specification). */
export function homeFolder(
  env: Readonly<Record<string, string | undefined>>,
  uid: number,
  homedir: string,
): string {
  if (env.LOADGEN_HOME) return resolve(env.LOADGEN_HOME);
  if (uid === 0) return rootHome;
  const state = env.XDG_STATE_HOME ?? "";
  // The specification wants relative paths there ignored.
  return join(isAbsolute(state) ? state : join(homedir, ".local", "state"), "loadgen");
}

/** What lies in the home folder; root's files stay outside the data folder, which is the server user's. */
export interface HomeFiles {
  readonly home: string;
  readonly dataFolder: string;
  /** Where initdb works until it is done. */
  readonly newDataFolder: string;
  /** Our settings, which the data folder's postgresql.conf includes. */
  readonly settings: string;
  readonly password: string;
  readonly log: string;
  /** The log of the start before. */
  readonly oldLog: string;
}

/** @param home absolute, without symbolic links where processes must be recognised by it. */
export function filesIn(home: string): HomeFiles {
  return {
    home,
    dataFolder: join(home, "data"),
    newDataFolder: join(home, "data.new"),
    settings: join(home, "loadgen.conf"),
    password: join(home, "password"),
    log: join(home, "server.log"),
    oldLog: join(home, "server.log.old"),
  };
}

/** Creates the home folder if it is missing, and names what is in it by its real path. */
export async function prepareHome(home: string, isRoot: boolean): Promise<HomeFiles> {
  const created = await mkdir(home, { recursive: true, mode: isRoot ? 0o755 : 0o700 });
  // Under root's umask of 077 the server's user could not enter what mkdir made.
  if (created !== undefined && isRoot) await chmod(home, 0o755);
  return filesIn(await realpath(home));
}

/** Runs `work` while no other process starts or stops the server of this home. */
export async function withHomeLock<T>(home: string, work: () => Promise<T>): Promise<T> {
  const held = { compromised: false };
  const release = await takeLock(home, () => {
    // Only after this process was suspended for seconds. What it does stays safe: PostgreSQL guards
    // its data folder itself, and a new data folder appears by a rename.
    held.compromised = true;
  });
  try {
    return await work();
  } finally {
    if (!held.compromised) await release();
  }
}

/** Longer than the start and the stop that another process may be busy with. */
const lockWaitMs = 150_000;
const lockPollMs = 250;

/** Waits for another holder. The library's own retries would also wait for a missing permission. */
async function takeLock(home: string, onCompromised: () => void): Promise<() => Promise<void>> {
  const end = performance.now() + lockWaitMs;
  for (;;) {
    try {
      return await lock(join(home, "server"), { realpath: false, onCompromised });
    } catch (error) {
      if ((error as { code?: unknown }).code !== "ELOCKED") throw error;
      if (performance.now() > end) throw lockedError(home, error);
      await sleep(lockPollMs);
    }
  }
}

function lockedError(home: string, cause: unknown): ServerError {
  const waited = `for ${lockWaitMs / 1000} s`;
  return new ServerError(
    `another loadgen process has been starting or stopping the server in ${home} ${waited}: ` +
      "end that process, or set LOADGEN_HOME to another folder",
    "ELOCKED",
    cause,
  );
}

/** Turns the file system's complaints (no space, no permission, not a folder) into one that says what to do. */
export async function explainingHome<T>(home: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (code === undefined || syscall === undefined) throw error;
    throw new ServerError(
      `cannot use ${home} for the embedded server: ${(error as Error).message}. ` +
        "Set LOADGEN_HOME to a folder that you can write to, with 1 GB free.",
      code,
      error,
    );
  }
}
