/** What tests with a real PostgreSQL need: its address, databases of their own, and waiting. */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { inject } from "vitest";
import { Address } from "../../src/server/address.ts";
import { Connection } from "../../src/server/connection.ts";
import { startEmbedded } from "../../src/server/embedded.ts";
import { removeHome, temporaryHome } from "./home.ts";
import { package14 } from "./postgresql-14.ts";

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

/** A server of the oldest version that loadgen supports; takes seconds, so only where it matters. */
export async function startServer14(): Promise<{ address: Address; stop: () => Promise<void> }> {
  const home = await temporaryHome();
  const { address } = await startEmbedded(home, package14());
  return { address, stop: () => removeHome(home) };
}

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
