/**
 * Home folders with a server in them, made once for all tests: a copy is there in a fraction of the
 * time that a server and its data take from nothing. How users come by both is what `Loadgen.fresh`
 * and the tests of src/server are for.
 */
import { execFile } from "node:child_process";
import { appendFile, readdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { startEmbedded, stopEmbedded } from "../../src/server/embedded.ts";
import { tinyFixture } from "./tiny-fixture.ts";
import { temporaryHome } from "./home.ts";

const program = join(import.meta.dirname, "..", "..", "dist", "loadgen.js");

/**
 * The server does not wait for the disk there: no test takes the power away, and what a killed server
 * wrote, the system still has. A clone is then made of files in memory.
 */
const withoutFsync = "fsync = 'off'\n";

export interface PreparedHomes {
  /** PostgreSQL 18 with the tiny fixture in it. */
  readonly withFixture: string;
  /** PostgreSQL 18 without any. */
  readonly server18: string;
  /** Null: there is no PostgreSQL 14 for this machine. */
  readonly server14: string | null;
}

/** A server that was never used, stopped. */
export async function prepareServer(packageFolder: string): Promise<string> {
  const home = await temporaryHome();
  const { dataFolder } = await startEmbedded(home, packageFolder);
  await stopEmbedded(home);
  await appendFile(join(dataFolder, "postgresql.auto.conf"), withoutFsync);
  return home;
}

/** A copy of the server with the fixture, loaded by the built command line. */
export async function prepareFixture(server18: string): Promise<string> {
  const home = await temporaryHome();
  await copyPrepared(server18, home);
  await promisify(execFile)(process.execPath, [program, "fixtures", "load", ...tinyFixture], {
    env: { ...process.env, LOADGEN_HOME: home },
  });
  await stopEmbedded(home);
  return home;
}

/** Into a home folder that is empty; its server is not started. */
export async function copyPrepared(prepared: string, home: string): Promise<void> {
  const names = await readdir(prepared);
  for (const name of names.filter((one) => one.startsWith("postgresql-"))) {
    await symlink(join(prepared, name), join(home, name));
  }
  // With its owner, which is not the tests' where they are root.
  await promisify(execFile)("cp", [
    "-a",
    join(prepared, "data"),
    join(prepared, "password"),
    `${home}/`,
  ]);
}
