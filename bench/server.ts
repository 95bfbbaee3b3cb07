/**
 * The server that is measured on: an embedded one in a temporary home, gone at the end, and the
 * databases in it. Both sides of a pair get a clone of the same template each, so that neither finds
 * what the other has done.
 */
import { chmod, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dms } from "../fixtures/dms/system.ts";
import type { Address } from "../src/server/address.ts";
import { Connection } from "../src/server/connection.ts";
import { cloneFixture, dropDatabase, privateName } from "../src/server/databases.ts";
import { embeddedUrl, startEmbedded, stopEmbedded } from "../src/server/embedded.ts";
import { bundledFixture } from "../src/server/fixture/fixture.ts";
import { ensureFixture } from "../src/server/fixture/fixture-database.ts";

export interface BenchServer {
  /** A folder for whatever is written meanwhile; readable for everybody. */
  readonly folder: string;
  /** The database `postgres`, as superuser. */
  readonly admin: Address;
  /** For programs that log in: the superuser's password. */
  readonly password: string;
  readonly port: number;
  readonly version: string;
}

/** Removes the server and its folder whatever happens. */
export async function withServer<T>(work: (server: BenchServer) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(await realpath(tmpdir()), "loadgen-bench-"));
  const home = join(folder, "home");
  try {
    // PostgreSQL does not run as root, and whom it runs as must be able to enter.
    await chmod(folder, 0o755);
    const { address, port, version } = await startEmbedded(home);
    const password = new URL(await embeddedUrl(home, port)).password;
    await createPgbenchUser(address);
    return await work({ folder, admin: address, password, port, version });
  } finally {
    await stopEmbedded(home);
    await rm(folder, { recursive: true, force: true });
  }
}

/** Whom pgbench logs in as; loadgen logs in as it always does. */
export const pgbenchUser = "bench";
export const pgbenchPassword = "bench";

/**
 * A login costs its client milliseconds, almost all of them for hashing the password over and over
 * (SCRAM, 4096 times by default). pgbench has no warm-up that this could be hidden in: it is to be
 * subtracted from its figures, so the less it is, the better they are.
 */
async function createPgbenchUser(admin: Address): Promise<void> {
  await administer(admin, [
    "set scram_iterations = 1",
    `create role ${pgbenchUser} superuser login password '${pgbenchPassword}'`,
  ]);
}

/** The fixture `small`, as a template; returns its name. */
export async function loadSmallFixture(server: BenchServer): Promise<string> {
  const parameters = dms.sizes.small;
  if (parameters === undefined) throw new Error("dms has no size small");
  const fixture = bundledFixture(dms, dms.defaultVariant, parameters);
  return ensureFixture(server.admin, fixture, () => undefined);
}

/** A clone of a template, changed, as a template of its own: nobody may stay connected to it. */
export async function deriveTemplate(
  server: BenchServer,
  template: string,
  change: (connection: Connection) => Promise<void>,
): Promise<string> {
  const name = privateName("bench");
  await cloneFixture(server.admin, template, name);
  await Connection.use(server.admin.withDatabase(name), applicationName, change);
  return name;
}

/** Lends a clone of a template, which is dropped afterwards. */
export async function withClone<T>(
  server: BenchServer,
  template: string,
  work: (database: Address) => Promise<T>,
): Promise<T> {
  const name = privateName("bench");
  await cloneFixture(server.admin, template, name);
  try {
    return await work(server.admin.withDatabase(name));
  } finally {
    await dropDatabase(server.admin, name);
  }
}

const applicationName = "loadgen/bench";

async function administer(admin: Address, statements: readonly string[]): Promise<void> {
  await Connection.use(admin, applicationName, async (connection) => {
    for (const statement of statements) await connection.query(statement);
  });
}
