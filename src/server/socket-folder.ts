/**
 * The folder of the server's Unix socket. A socket's address holds little more than 100 bytes
 * (unix(7): 108 on Linux, 104 on macOS), which a long home folder exceeds.
 */
import { createHash } from "node:crypto";
import { lstat, mkdir, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ServerError } from "./connection.ts";
import { checkCanEnter, giveTo, type OperatingUser } from "./operating-user.ts";

const addressBytesMax = 100;

/** Below home where that is short enough, else below the machine's folder for temporary files. */
export function socketFolderFor(home: string, temporary: string): string {
  const inHome = join(home, "run");
  if (Buffer.byteLength(join(inHome, ".s.PGSQL.65535")) <= addressBytesMax) return inHome;
  const hash = createHash("sha256").update(home).digest("hex").slice(0, 12);
  return join(temporary, `loadgen-${hash}`);
}

/**
 * Creates the folder for the server's user alone; refuses one that belongs to somebody else. Sockets
 * in it are a killed server's: their lock files name processes whose numbers others may have by now.
 * For when no server of this home runs.
 */
export async function prepareSocketFolder(
  home: string,
  user: OperatingUser | null,
): Promise<string> {
  const folder = socketFolderFor(home, tmpdir());
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const found = await lstat(folder);
  const isOurs = found.uid === process.getuid?.();
  if (!found.isDirectory() || (!isOurs && found.uid !== user?.uid)) {
    throw new ServerError(
      `${folder}, where the server's socket belongs, is not a folder of the server's user: ` +
        "remove it, or set LOADGEN_HOME to a shorter path",
      "EEXIST",
    );
  }
  if (isOurs) await giveTo(user, folder);
  await checkCanEnter(user, folder);
  for (const name of await readdir(folder)) {
    if (name.startsWith(".s.PGSQL.")) await rm(join(folder, name));
  }
  return folder;
}
