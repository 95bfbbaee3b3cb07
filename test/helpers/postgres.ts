/** What tests with a real PostgreSQL need: its address, databases of their own, and waiting. */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { inject } from "vitest";
import { Address } from "../../src/server/address.ts";
import { bundledPackage } from "../../src/server/binaries.ts";
import { Connection } from "../../src/server/connection.ts";
import { type RunningServer, startEmbedded } from "../../src/server/embedded.ts";
import { removeHome, temporaryHome } from "./home.ts";
import { package14 } from "./postgresql-14.ts";
import { copyPrepared, type PreparedHomes } from "./prepared-home.ts";

/** The server that all tests share: its database `postgres`, as superuser. */
export function serverAddress(): Address {
  return Address.from(inject("serverUrl"), {});
}

export interface FreshDatabase {
  readonly address: Address;
  /** To this database; closed by `drop`. */
  readonly connection: Connection;
  /** Also ends the sessions that are still in it. */
  readonly drop: () => Promise<void>;
}

/** An empty database with a name of its own, on the server that all tests share unless another is given. */
export async function freshDatabase(server = serverAddress()): Promise<FreshDatabase> {
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  // template0: nobody can be connected to it, which would make this fail (55006).
  await administer(server, `create database ${name} template template0`);
  const address = server.withDatabase(name);
  const connection = await Connection.open(address, "loadgen/test");
  return {
    address,
    connection,
    drop: async () => {
      await connection.close();
      await administer(server, `drop database ${name} with (force)`);
    },
  };
}

async function administer(server: Address, sql: string): Promise<void> {
  await Connection.use(server, "loadgen/test", (connection) => connection.script(sql));
}

/** A server of a test file's own, of the newest or of the oldest version that loadgen supports. */
export async function startServer(version: 18 | 14): Promise<OwnServer> {
  const packageFolder = version === 18 ? bundledPackage() : package14();
  const home = await temporaryHome();
  await copyPrepared(preparedHome(`server${version}`), home);
  const running = await startEmbedded(home, packageFolder);
  return { ...running, home, packageFolder, stop: () => removeHome(home) };
}

/** A home folder to copy. */
export function preparedHome(what: keyof PreparedHomes): string {
  const home = inject("preparedHomes")[what];
  if (home === null) throw new Error("there is no PostgreSQL 14 for this machine");
  return home;
}

export interface OwnServer extends RunningServer {
  readonly home: string;
  /** The npm package with its programs. */
  readonly packageFolder: string;
  readonly stop: () => Promise<void>;
}

/** One of the oldest version; takes a second, so only where it matters. */
export const startServer14 = (): Promise<OwnServer> => startServer(14);

const untilPollMs = 20;

/** Waits for a condition, and fails with what was waited for. */
export async function until(
  condition: () => Promise<boolean> | boolean,
  what: string,
  timeoutMs = 30_000,
): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`${what}: not within ${timeoutMs} ms`);
    await sleep(untilPollMs);
  }
}
