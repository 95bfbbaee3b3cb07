/** Both drivers over every way to a server, TCP, a Unix socket and TLS; and when the server itself goes. */
import { execFileSync } from "node:child_process";
import { chown, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Driver } from "../../../src/core/plan.ts";
import { Address } from "../../../src/server/address.ts";
import { Connection } from "../../../src/server/connection.ts";
import { embeddedUrl, stopEmbedded } from "../../../src/server/embedded.ts";
import { type OwnServer, startServer, until } from "../../helpers/postgres.ts";
import {
  begin,
  closeSessions,
  commit,
  drivers,
  failureOf,
  openSession,
  query,
} from "./sessions.ts";

type Way = "TCP" | "a Unix socket" | "TLS";

let server: OwnServer;
let addresses: Readonly<Record<Way, Address>>;

beforeAll(async () => {
  server = await startServer(18);
  const url = await embeddedUrl(server.home, server.port);
  addresses = {
    TCP: server.address,
    "a Unix socket": Address.from(`${url}?host=${server.socketFolder}`, {}),
    TLS: Address.from(`${url}?sslmode=no-verify`, {}),
  };
  await Connection.use(server.address, "loadgen/test", (connection) =>
    enableTls(connection, server.dataFolder),
  );
});

afterEach(closeSessions);

afterAll(() => server.stop());

/** With a certificate that nobody has signed. Its files must belong to the server's user. */
async function enableTls(connection: Connection, dataFolder: string): Promise<void> {
  const { uid, gid } = await stat(dataFolder);
  const files = { "-keyout": "server.key", "-out": "server.crt" };
  const command = "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -days 1";
  const [program = "", ...request] = command.split(" ");
  for (const [option, file] of Object.entries(files)) request.push(option, join(dataFolder, file));
  execFileSync(program, request, { stdio: "ignore" });
  for (const file of Object.values(files)) await chown(join(dataFolder, file), uid, gid);
  await connection.script("alter system set ssl = on");
  await connection.script("select pg_reload_conf()");
  const isOn = async () => (await connection.query("show ssl"))[0]?.ssl === "on";
  await until(isOn, "TLS at the server");
}

const cases = drivers.flatMap((driver) =>
  (["TCP", "a Unix socket", "TLS"] as const).map((way) => [driver, way] as const),
);

describe.each<readonly [Driver, Way]>(cases)("%s, over %s", (driver, way) => {
  const open = () => openSession(driver, addresses[way]);

  it("goes that way", async () => {
    const { perform } = await open();
    const rows = await perform(
      query(`select ssl, inet_server_addr() is null as is_local
               from pg_catalog.pg_stat_ssl where pid = pg_backend_pid()`),
    );
    expect(rows).toEqual([{ ssl: way === "TLS", is_local: way === "a Unix socket" }]);
  });

  it("carries large parameters and rows, and small ones between them", async () => {
    const { perform } = await open();
    const echo = query("select $1::text as text, $2::text[] as array", "ä", ["ö", null]);
    const large = "ä".repeat(1_000_000);
    const echoLarge = query("select $1::text as text, $2::text[] as array", large, [large, null]);
    for (let round = 0; round < 3; round++) {
      expect(await perform(echo)).toEqual([{ text: "ä", array: ["ö", null] }]);
      expect(await perform(echoLarge)).toEqual([{ text: large, array: [large, null] }]);
    }
  });

  it("fails by the server's farewell, and sends nothing after it", async () => {
    const { perform, pid, connection } = await open();
    await perform(begin);
    await Connection.use(addresses.TCP, "loadgen/test", (other) =>
      other.query("select pg_terminate_backend($1)", [pid]),
    );
    await until(() => !connection.alive, "the farewell");
    const lost = { kind: "connection", code: "57P01", committing: false };
    expect(await failureOf(perform(commit))).toMatchObject(lost);
  });
});

describe("a server that is stopped", () => {
  it("says so to both drivers, over every way", async () => {
    const sessions = await Promise.all(
      cases.map(([driver, way]) => openSession(driver, addresses[way])),
    );
    const failing = sessions.map(({ perform }) =>
      failureOf(perform(query("select pg_sleep($1)", 600))),
    );
    const sleepers = `select count(*)::integer as count
                        from pg_catalog.pg_stat_activity where wait_event = 'PgSleep'`;
    await Connection.use(addresses.TCP, "loadgen/test", (connection) =>
      until(
        async () => (await connection.query(sleepers))[0]?.count === sessions.length,
        "the sleeps",
      ),
    );
    await stopEmbedded(server.home);
    const lost = { kind: "connection", code: "57P01", committing: true };
    for (const failure of await Promise.all(failing)) expect(failure).toMatchObject(lost);
    for (const { connection } of sessions) expect(connection.alive).toBe(false);
    for (const { perform } of sessions) {
      expect(await failureOf(perform(begin))).toMatchObject({ ...lost, committing: false });
    }
  });
});
