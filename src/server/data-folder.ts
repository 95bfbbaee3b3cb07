/** Makes the embedded server's data folder with initdb, so that it is either whole or not there. */
import { randomBytes } from "node:crypto";
import { appendFile, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Binaries } from "./binaries.ts";
import { ServerError } from "./connection.ts";
import type { HomeFiles } from "./home.ts";
import { giveTo, type OperatingUser } from "./operating-user.ts";
import { runProgram } from "./programs.ts";

/** The superuser of the embedded server. */
export const embeddedUser = "loadgen";

/** Creates the data folder, or checks that the one which is there fits these binaries. */
export async function prepareDataFolder(
  files: HomeFiles,
  binaries: Binaries,
  user: OperatingUser | null,
): Promise<void> {
  const version = await majorVersionOf(files.dataFolder);
  if (version === null) return createDataFolder(files, binaries, user);
  if (version !== String(binaries.majorVersion)) {
    throw new ServerError(
      `${files.dataFolder} was made by PostgreSQL ${version}, but this is ${binaries.majorVersion}: ` +
        "remove that folder (it holds only what loadgen made), or set LOADGEN_HOME to another one",
      "",
    );
  }
}

/** As initdb wrote it; null where there is no data yet. */
async function majorVersionOf(dataFolder: string): Promise<string | null> {
  const text = await readTextIfThere(join(dataFolder, "PG_VERSION"));
  return text === null ? null : text.trim();
}

async function createDataFolder(
  files: HomeFiles,
  binaries: Binaries,
  user: OperatingUser | null,
): Promise<void> {
  // Left behind by a start that was interrupted.
  await rm(files.newDataFolder, { recursive: true, force: true });
  await mkdir(files.newDataFolder, { mode: 0o700 });
  await giveTo(user, files.newDataFolder);
  await initialize(files, binaries, user);
  // Relative to the including file, so that the home folder can be moved.
  const include = `include '../${basename(files.settings)}'\n`;
  await appendFile(join(files.newDataFolder, "postgresql.conf"), include);
  await rename(files.newDataFolder, files.dataFolder);
}

async function initialize(
  files: HomeFiles,
  binaries: Binaries,
  user: OperatingUser | null,
): Promise<void> {
  // The server's user cannot read the password file, which is ours; it gets a copy for a moment.
  const handover = join(files.home, "password.initdb");
  await rm(handover, { force: true });
  await writeFile(handover, await createPassword(files), { mode: 0o600, flag: "wx" });
  try {
    await giveTo(user, handover);
    const args = [
      ...["--pgdata", files.newDataFolder, "--username", embeddedUser],
      ...["--pwfile", handover, "--auth", "scram-sha-256"],
      // Bytewise order: no collation of the machine gets into the figures.
      ...["--encoding", "UTF8", "--locale", "C", "--no-instructions"],
    ];
    const result = await runProgram(binaries, { program: "initdb", args }, user);
    if (!result.ok) {
      throw new ServerError(`initdb failed in ${files.newDataFolder}:\n${result.output}`, "");
    }
  } finally {
    await rm(handover, { force: true });
  }
}

/** Random bytes, as many as an AES-192 key. */
const passwordBytes = 24;

/** Writes and returns a new password; one that is there already belongs to an interrupted initdb. */
async function createPassword(files: HomeFiles): Promise<string> {
  const password = randomBytes(passwordBytes).toString("hex");
  await rm(files.password, { force: true });
  await writeFile(files.password, `${password}\n`, { mode: 0o600, flag: "wx" });
  return password;
}

/** The superuser's password. */
export async function readPassword(files: HomeFiles): Promise<string> {
  const text = await readTextIfThere(files.password);
  if (text !== null) return text.trim();
  throw new ServerError(
    `the password of the embedded server is missing (${files.password}): stop that server and ` +
      `remove ${files.dataFolder} (it holds only what loadgen made); the next start makes both anew`,
    "ENOENT",
  );
}

async function readTextIfThere(path: string): Promise<string | null> {
  return readFile(path, "utf8").catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  });
}
