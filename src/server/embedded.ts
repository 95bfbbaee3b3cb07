/**
 * The embedded PostgreSQL: one server for each LOADGEN_HOME. It outlives the process that started
 * it, and later runs find it again. Its own pid file is the truth about it; we keep no second one.
 */
import { open, readFile, rename, writeFile } from "node:fs/promises";
import { totalmem } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { Address } from "./address.ts";
import { type Binaries, bundledPackage, installBinaries } from "./binaries.ts";
import { Connection, ServerError } from "./connection.ts";
import { embeddedUser, prepareDataFolder, readPassword } from "./data-folder.ts";
import { explainingHome, filesIn, type HomeFiles, prepareHome, withHomeLock } from "./home.ts";
import { checkCanEnter, giveTo, isRoot, type OperatingUser, serverUser } from "./operating-user.ts";
import { freePort, type PortChoice } from "./port.ts";
import {
  findPostmaster,
  type Postmaster,
  disarmStalePidFile,
  settledPostmaster,
  shutDown,
} from "./postmaster.ts";
import { runProgram } from "./programs.ts";
import { serverSettings, settingsText } from "./settings.ts";
import { prepareSocketFolder } from "./socket-folder.ts";

export interface RunningServer {
  /** The database `postgres`, as superuser, over TCP. */
  readonly address: Address;
  /** Such as `18.4`, as the server says it. */
  readonly version: string;
  readonly port: number;
  readonly pid: number;
  readonly dataFolder: string;
  readonly socketFolder: string;
  /** False: it was running before. */
  readonly startedNow: boolean;
}

/**
 * Starts the server of this home folder, creating what is missing, or finds it running.
 * @param packageFolder the npm package with the programs.
 * @param choosePort asked anew for each try.
 * @throws {ServerError} where no server can run here; the message says what to do.
 */
export async function startEmbedded(
  home: string,
  packageFolder = bundledPackage(),
  choosePort: PortChoice = freePort,
): Promise<RunningServer> {
  return explainingHome(home, async () => {
    const files = await prepareHome(home, isRoot());
    return withHomeLock(files.home, async () => {
      const found = await settledPostmaster(files.dataFolder);
      if (found !== null) return describe(files, found, false);
      return describe(files, await start(files, packageFolder, choosePort), true);
    });
  });
}

/** Stops the server of this home folder; false if none was running. */
export async function stopEmbedded(home: string): Promise<boolean> {
  return explainingHome(home, async () => {
    const files = filesIn(home);
    // No lock then, and no folder for it.
    if ((await findPostmaster(files.dataFolder)) === null) return false;
    return withHomeLock(home, async () => {
      const found = await settledPostmaster(files.dataFolder);
      if (found !== null) await shutDown(found.pid, files.dataFolder);
      return found !== null;
    });
  });
}

/** The server of this home folder; null if none is running that accepts connections. Changes nothing. */
export async function statusOf(home: string): Promise<RunningServer | null> {
  return explainingHome(home, async () => {
    const files = filesIn(home);
    const found = await findPostmaster(files.dataFolder);
    return found?.ready ? describe(files, found, false) : null;
  });
}

/** How to log in, with the password: for `loadgen db url` and nothing else that prints. */
export async function embeddedUrl(home: string, port: number): Promise<string> {
  return `postgresql://${embeddedUser}:${await readPassword(filesIn(home))}@127.0.0.1:${port}/postgres`;
}

async function describe(
  files: HomeFiles,
  postmaster: Postmaster,
  startedNow: boolean,
): Promise<RunningServer> {
  const { pid, port, socketFolder } = postmaster;
  // It has no TLS, whatever PGSSLMODE says for other servers.
  const address = Address.from(`${await embeddedUrl(files.home, port)}?sslmode=disable`, {});
  // Asked and not assumed: an older loadgen may have started it. This also proves the login.
  const [row] = await Connection.use(address, "loadgen/status", (connection) =>
    connection.query("show server_version"),
  );
  const version = String(row?.server_version);
  return { address, version, port, pid, dataFolder: files.dataFolder, socketFolder, startedNow };
}

async function start(
  files: HomeFiles,
  packageFolder: string,
  choosePort: PortChoice,
): Promise<Postmaster> {
  const user = await serverUser(files.dataFolder);
  await checkCanEnter(user, files.home);
  const binaries = await installBinaries(files.home, packageFolder);
  await prepareDataFolder(files, binaries, user);
  await disarmStalePidFile(files.dataFolder);
  return launch(files, { binaries, user, choosePort });
}

/**
 * Two things pass by themselves: somebody took the port between our look at it and the server's, and
 * backends of a killed server still hold its memory.
 */
const launchesMax = 3;
const launchPauseMs = 500;

interface Launching {
  readonly binaries: Binaries;
  readonly user: OperatingUser | null;
  readonly choosePort: PortChoice;
}

async function launch(
  files: HomeFiles,
  { binaries, user, choosePort }: Launching,
): Promise<Postmaster> {
  for (let launches = 1; ; launches++) {
    const port = await choosePort(await lastPort(files));
    await writeSettings(files, port, await prepareSocketFolder(files.home, user));
    await startNewLog(files, user);
    const started = await runProgram(binaries, { program: "pg_ctl", args: startArgs(files) }, user);
    const postmaster = await findPostmaster(files.dataFolder);
    if (postmaster !== null && started.ok) return postmaster;
    // One that is there all the same is still recovering: the next start will find it.
    if (launches === launchesMax || postmaster !== null) {
      throw new ServerError(
        `the embedded server does not start in ${files.dataFolder}: ${started.output}\n` +
          `${files.log} ends with:\n${await logTail(files)}`,
        "",
      );
    }
    await sleep(launchPauseMs);
  }
}

/** As PostgreSQL's own default, long enough to recover from a crash. */
const startTimeoutS = 60;

function startArgs(files: HomeFiles): string[] {
  const limits = ["--wait", "--timeout", String(startTimeoutS), "--silent"];
  return ["start", "--pgdata", files.dataFolder, "--log", files.log, ...limits];
}

/** The port of the start before, so that what was noted down stays true; null if there was none. */
async function lastPort(files: HomeFiles): Promise<number | null> {
  const text = await readFile(files.settings, "utf8").catch(() => ""); // The first start.
  const port = /^port = '(\d+)'/m.exec(text)?.[1];
  return port === undefined ? null : Number(port);
}

async function writeSettings(files: HomeFiles, port: number, socketFolder: string): Promise<void> {
  // In a container the limit counts; without one it is a huge number.
  const memoryBytes = Math.min(totalmem(), process.constrainedMemory() || Infinity);
  const text = settingsText(serverSettings({ memoryBytes, port, socketFolder }));
  await writeFile(files.settings, text, { mode: 0o644 });
}

/** One log a start, and the one before is kept: more would grow without end. */
async function startNewLog(files: HomeFiles, user: OperatingUser | null): Promise<void> {
  // The first start has none; if the old one cannot be moved, the next line says so.
  await rename(files.log, files.oldLog).catch(() => undefined);
  const log = await open(files.log, "wx", 0o600);
  await log.close();
  await giveTo(user, files.log);
}

const logTailLines = 15;

async function logTail(files: HomeFiles): Promise<string> {
  const text = await readFile(files.log, "utf8");
  return text.trimEnd().split("\n").slice(-logTailLines).join("\n");
}
