/** A PgBouncer in front of a test's database, from Debian's package, with ten connections to it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Address } from "../../src/server/address.ts";
import { Connection } from "../../src/server/connection.ts";
import { giveTo, serverUser } from "../../src/server/operating-user.ts";
import { freePort } from "../../src/server/port.ts";
import { until } from "./postgres.ts";

const program = "/usr/sbin/pgbouncer";

/** Where this is false, tests through a PgBouncer are left out. */
export const hasPgbouncer = existsSync(program);

export interface Bouncer {
  readonly port: number;
  stop(): Promise<void>;
}

/** Transaction pooling, of ten connections to this database; on the loopback alone. */
export async function startPgbouncer(database: Address): Promise<Bouncer> {
  const folder = await mkdtemp(join(await realpath(tmpdir()), "loadgen-pgbouncer-"));
  // As PostgreSQL itself, it does not run as root.
  const user = await serverUser(folder);
  const port = await freePort(null);
  const settings = join(folder, "pgbouncer.ini");
  await writeFile(settings, settingsText(database, port), { mode: 0o600 });
  await giveTo(user, settings);
  await giveTo(user, folder);
  const child = spawn(program, [settings], {
    cwd: folder,
    stdio: ["ignore", "ignore", "pipe"],
    ...(user === null ? {} : { uid: user.uid, gid: user.gid }),
  });
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (log += text));
  const stop = async () => {
    await end(child);
    await rm(folder, { recursive: true });
  };
  try {
    const address = Address.from(`postgresql://test@127.0.0.1:${port}/${database.database}`, {});
    await until(() => child.exitCode !== null || answers(address), "PgBouncer answers");
    if (child.exitCode !== null) throw new Error(`PgBouncer does not start:\n${log}`);
    return { port, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function settingsText(database: Address, port: number): string {
  const { host, port: serverPort, user, password } = database.clientConfig("test");
  if (typeof password !== "string") throw new Error("the test's server has a password");
  return `
[databases]
${database.database} = host=${host} port=${serverPort} user=${user} password=${password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 10
`;
}

async function answers(address: Address): Promise<boolean> {
  try {
    await Connection.use(address, "loadgen/test", (connection) => connection.script("select 1"));
    return true;
  } catch {
    return false; // Not yet.
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, "close");
  // At once, whoever is connected (PgBouncer manual, "Signals").
  child.kill("SIGTERM");
  await closed;
}
