/** The proxy between sockets of a test's own: what passes, in which order, and how ends are passed on. */
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Proxy } from "../../src/network/proxy.ts";
import { until } from "../helpers/postgres.ts";

let server: Server;
let proxy: Proxy;
/** At the server, in the order in which they came. */
let arrived: Socket[];
let clients: Socket[];

beforeEach(async () => {
  arrived = [];
  clients = [];
  server = createServer({ allowHalfOpen: true }, (socket) => {
    arrived.push(socket.on("error", () => undefined));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  proxy = await Proxy.start({ host: "127.0.0.1", port });
});

afterEach(async () => {
  for (const socket of [...clients, ...arrived]) socket.destroy();
  await proxy.close();
  server.close();
});

async function open(): Promise<{ readonly client: Socket; readonly far: Socket }> {
  const client = connect({ port: proxy.port, host: "127.0.0.1", allowHalfOpen: true });
  client.on("error", () => undefined);
  clients.push(client);
  const count = arrived.length;
  await until(() => arrived.length > count, "the connection at the server");
  return { client, far: arrived[count]! };
}

/** All that comes, from now on. */
function heard(socket: Socket): () => string {
  let all = "";
  socket.on("data", (chunk: Buffer) => (all += chunk.toString("latin1")));
  return () => all;
}

const startup = Buffer.from("\0\0\0\x08\0\x03\0\0", "latin1");

function query(text: string): Buffer {
  const body = Buffer.from(`${text}\0`);
  const header = Buffer.alloc(5);
  header.write("Q");
  header.writeInt32BE(4 + body.length, 1);
  return Buffer.concat([header, body]);
}

describe("the proxy", () => {
  it("hands on what is said, both ways, and its ends, one after the other", async () => {
    const { client, far } = await open();
    const [atServer, atClient] = [heard(far), heard(client)];
    const ended = once(far, "end");
    client.write("question");
    client.end();
    await ended;
    expect(atServer()).toBe("question");
    // The other direction is still open.
    const over = once(client, "end");
    far.write("answer");
    far.end();
    await over;
    expect(atClient()).toBe("answer");
    await until(async () => (await proxy.connections()).length === 0, "nobody is connected");
  });

  it("keeps the order of what it holds up, and lets all of it go when that is lifted", async () => {
    const { client, far } = await open();
    const atServer = heard(far);
    const directions = ["to-server"] as const;
    await proxy.apply({ kind: "latency", ms: 60_000, jitterMs: 30_000, directions, seed: "1" });
    for (let number = 0; number < 50; number++) client.write(String(number % 10));
    client.end();
    await until(async () => (await proxy.counts("latency")).bytes === 50, "the proxy has it all");
    expect(atServer()).toBe("");
    await proxy.lift("latency");
    await once(far, "end");
    expect(atServer()).toBe("0123456789".repeat(5));
  });

  it("makes whoever sends too fast wait, and loses nothing", async () => {
    const { client, far } = await open();
    far.pause();
    const large = Buffer.alloc(30_000_000, "x");
    let isWritten = false;
    client.write(large, () => (isWritten = true));
    await until(() => client.writableNeedDrain, "the sender waits");
    expect(isWritten).toBe(false);
    let bytes = 0;
    far.on("data", (chunk: Buffer) => (bytes += chunk.length));
    far.resume();
    await until(() => bytes === large.length, "all of it");
  });

  it("holds up COMMIT alone, and what follows it on its connection", async () => {
    const { client, far } = await open();
    const atServer = heard(far);
    await proxy.apply({ kind: "commit-delay", ms: 60_000 });
    client.write(Buffer.concat([startup, query("select 1"), query("commit"), query("begin")]));
    await until(async () => (await proxy.counts("commit-delay")).hits === 1, "the COMMIT");
    await until(() => atServer().includes("select 1"), "what came before");
    expect(atServer()).not.toContain("commit");
    await proxy.lift("commit-delay");
    await until(() => atServer().includes("begin"), "what came after");
    expect(atServer().indexOf("commit")).toBeLessThan(atServer().indexOf("begin"));
  });

  it("resets both sides", async () => {
    const { client, far } = await open();
    const errors: string[] = [];
    for (const socket of [client, far]) {
      socket.on("error", (error: NodeJS.ErrnoException) => errors.push(error.code ?? ""));
      socket.resume();
    }
    const [{ id } = { id: -1 }] = await proxy.connections();
    expect(await proxy.reset([id, 999])).toBe(1);
    await until(() => errors.length === 2, "both are told");
    expect(errors).toEqual(["ECONNRESET", "ECONNRESET"]);
    expect(await proxy.reset([id])).toBe(0);
  });

  it("tells nobody of a connection that is silent, until it is reset", async () => {
    const { client, far } = await open();
    const told: string[] = [];
    far.on("end", () => told.push("end")).on("close", () => told.push("close"));
    far.on("data", () => told.push("data"));
    const [{ id } = { id: -1 }] = await proxy.connections();
    await proxy.silence([id]);
    client.end("in vain");
    const inVain = async () => (await proxy.connections())[0]?.bytesInVain;
    await until(async () => (await inVain()) === "in vain".length, "it came to nothing");
    expect(told).toEqual([]);
    await proxy.reset([id]);
    await until(() => told.includes("close"), "the server is told");
  });

  it("tells its client where there is no server", async () => {
    server.close();
    const client = connect({ port: proxy.port, host: "127.0.0.1" });
    clients.push(client);
    const [error] = (await once(client.resume(), "error")) as [NodeJS.ErrnoException];
    expect(error.code).toBe("ECONNRESET");
  });

  it("gets to a server by its Unix socket, too", async () => {
    const folder = await mkdtemp(join(tmpdir(), "loadgen-proxy-"));
    const socketPath = join(folder, ".s.PGSQL.5432");
    const local = createServer((socket) => socket.pipe(socket));
    await once(local.listen(socketPath), "listening");
    const other = await Proxy.start({ socketPath });
    try {
      const client = connect({ port: other.port, host: "127.0.0.1" });
      clients.push(client.on("error", () => undefined));
      client.write("echo");
      expect(String((await once(client, "data"))[0])).toBe("echo");
      const [{ id } = { id: -1 }] = await other.connections();
      expect(await other.reset([id])).toBe(1);
    } finally {
      await other.close();
      local.close();
      await rm(folder, { recursive: true });
    }
  });

  it("lets no more through than the bandwidth, of all connections together", async () => {
    const [one, other] = [await open(), await open()];
    let bytes = 0;
    for (const { far } of [one, other]) far.on("data", (chunk: Buffer) => (bytes += chunk.length));
    await proxy.apply({ kind: "bandwidth", bytesPerSecond: 20_000 });
    const startMs = performance.now();
    for (const { client } of [one, other]) client.write(Buffer.alloc(4_000));
    await until(() => bytes === 8_000, "both have all");
    // 8,000 bytes at 20,000 a second; a lower bound, however busy this machine is.
    expect(performance.now() - startMs).toBeGreaterThan(380);
    expect((await proxy.counts("bandwidth")).hits).toBeGreaterThanOrEqual(8);
  });
});
