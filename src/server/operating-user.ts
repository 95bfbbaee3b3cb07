/**
 * The operating system's user that the embedded server runs as. PostgreSQL refuses to run as root,
 * so root starts it as somebody else, who must be able to reach what it needs.
 */
import type { Stats } from "node:fs";
import { chown, readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { ServerError } from "./connection.ts";

export interface OperatingUser {
  readonly uid: number;
  readonly gid: number;
  readonly name: string;
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** Null: we are an ordinary user, and the server runs as ourselves. */
export async function serverUser(dataFolder: string): Promise<OperatingUser | null> {
  if (!isRoot()) return null;
  const users = parseUsers(await readFile("/etc/passwd", "utf8"));
  const owner = await ownerOf(dataFolder, users);
  const user = owner ?? find(users, "postgres") ?? find(users, "nobody");
  if (user === undefined) {
    throw new ServerError(
      "PostgreSQL does not run as root, and there is no user postgres or nobody to run it as: " +
        "run loadgen as an ordinary user, or name a server with --url",
      "",
    );
  }
  return user;
}

async function ownerOf(
  folder: string,
  users: readonly OperatingUser[],
): Promise<OperatingUser | undefined> {
  const found = await stat(folder).catch(() => null); // Missing: there is no owner yet.
  if (found === null || found.uid === 0) return undefined;
  const { uid, gid } = found;
  return { uid, gid, name: users.find((user) => user.uid === uid)?.name ?? `uid ${uid}` };
}

function find(users: readonly OperatingUser[], name: string): OperatingUser | undefined {
  return users.find((user) => user.name === name);
}

/** The lines of /etc/passwd: name:password:uid:gid:… */
function parseUsers(passwd: string): OperatingUser[] {
  return passwd.split("\n").flatMap((line) => {
    const [name, , uid, gid] = line.split(":");
    return name && uid && gid ? [{ name, uid: Number(uid), gid: Number(gid) }] : [];
  });
}

/** Throws where the server's user could not enter the folder or one above it; names that one. */
export async function checkCanEnter(user: OperatingUser | null, folder: string): Promise<void> {
  if (user === null) return;
  const parent = dirname(folder);
  if (parent !== folder) await checkCanEnter(user, parent);
  if (mayEnter(user, await stat(folder))) return;
  throw new ServerError(
    `PostgreSQL does not run as root, and the user ${user.name}, as whom it would run, ` +
      `cannot enter ${folder}: set LOADGEN_HOME to a folder that this user can enter, ` +
      "such as /var/lib/loadgen",
    "EACCES",
  );
}

/** By the mode bits, as the kernel decides it; a process started with uid and gid has no further groups. */
function mayEnter(user: OperatingUser, { uid, gid, mode }: Stats): boolean {
  if (user.uid === uid) return (mode & 0o100) !== 0;
  if (user.gid === gid) return (mode & 0o010) !== 0;
  return (mode & 0o001) !== 0;
}

/** Makes the server's user the owner of what we created. */
export async function giveTo(user: OperatingUser | null, path: string): Promise<void> {
  if (user !== null) await chown(path, user.uid, user.gid);
}
