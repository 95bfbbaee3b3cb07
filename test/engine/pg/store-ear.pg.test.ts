/** The connection by which stores hear of changes, when it goes at the wrong time: there is one, or none. */
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, expect, inject, it } from "vitest";
import type { Store } from "../../../src/core/step.ts";
import { StoreEar } from "../../../src/engine/pg/store-ear.ts";
import { Stores } from "../../../src/engine/stores.ts";
import { type FreshDatabase, freshDatabase, until } from "../../helpers/postgres.ts";

const store: Store = { name: "things", channel: "things" };

let database: FreshDatabase;
let proxy: Server;
let ear: StoreEar;
let stores: Stores;
const sockets = new Set<Socket>();
/** Connections that came, and those whose next LISTEN is not to arrive. */
let came = 0;
let cuts = 0;
/** Bytes from the client wait for it. */
let open: Promise<unknown> = Promise.resolve();

beforeEach(async () => {
  database = await freshDatabase();
  const { hostname, port } = new URL(inject("serverUrl"));
  proxy = createServer((client) => {
    came++;
    const server = connect({ host: hostname, port: Number(port) });
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(one);
      one.on("error", () => undefined);
      one.on("close", () => other.destroy());
    }
    server.pipe(client);
    client.on("data", (bytes) => {
      if (cuts > 0 && bytes.includes("listen ")) {
        cuts--;
        client.destroy();
      } else void open.then(() => server.write(bytes));
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  [came, cuts, open] = [0, 0, Promise.resolve()];
  stores = new Stores();
  const address = database.address.through((proxy.address() as AddressInfo).port);
  ear = new StoreEar(address, stores, [store]);
});

afterEach(async () => {
  await ear.close();
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => proxy.close(resolve));
  await database.drop();
});

async function listeners(): Promise<number> {
  const [row] = await database.connection.query(
    `select count(*)::int4 as count from pg_stat_activity
     where datname = current_database() and application_name = 'loadgen/listener'`,
  );
  return Number(row?.count);
}

async function untilHeard(): Promise<void> {
  await until(() => {
    stores.perform({ kind: "remember", store, entries: [["1", "0"]] });
    const rows = stores.perform({ kind: "recall", store, keys: ["1"] });
    return Promise.resolve(rows.length > 0);
  }, "it listens");
}

it("is opened by one at a time, also when it goes before it listens", async () => {
  await ear.open();
  const rounds = 3;
  for (let round = 1; round <= rounds; round++) {
    cuts = 1;
    await database.connection.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name = 'loadgen/listener'`,
    );
    await until(() => Promise.resolve(cuts === 0), "the next one is cut");
    await untilHeard();
  }
  // In each round one that is cut, and one that listens.
  expect(came).toBe(1 + 2 * rounds);
  expect(stores.counts()).toMatchObject([{ emptied: rounds }]);
  await until(async () => (await listeners()) === 1, "there is one connection");
});

it("leaves nothing behind where it could not listen, or was closed before", async () => {
  cuts = 1;
  await expect(ear.open()).rejects.toThrow();
  let letThrough: (value: unknown) => void = () => undefined;
  open = new Promise((resolve) => (letThrough = resolve));
  const opening = ear.open();
  await until(() => Promise.resolve(came === 2), "it connects");
  const closing = ear.close();
  letThrough(null);
  await Promise.all([opening, closing]);
  await until(async () => (await listeners()) === 0, "there is no connection");
});
