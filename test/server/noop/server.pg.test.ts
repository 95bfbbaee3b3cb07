/** The no-op server as drivers meet it, and its process as its starter does. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import pg from "pg";
import { describe, expect, it, onTestFinished } from "vitest";
import { Address } from "../../../src/server/address.ts";
import { type NoopProcess, spawnNoopServer } from "../../../src/server/noop/process.ts";
import { startNoopServer } from "../../../src/server/noop/server.ts";
import { packageRoot } from "../../../src/server/package-root.ts";
import { until } from "../../helpers/postgres.ts";

async function newServer(): Promise<number> {
  const server = await startNoopServer();
  onTestFinished(() => server.close());
  return server.port;
}

async function newProcess(): Promise<NoopProcess> {
  const server = await spawnNoopServer();
  onTestFinished(() => server.stop());
  return server;
}

function addressOf(port: number): Address {
  return Address.from(`postgresql://somebody@127.0.0.1:${port}/anything?sslmode=disable`, {});
}

async function newClient(address: Address): Promise<pg.Client> {
  const client = new pg.Client(address.clientConfig("loadgen/test"));
  // A connection that dies is noticed by what is asked on it.
  client.on("error", () => undefined);
  await client.connect();
  onTestFinished(() => client.end().catch(() => undefined));
  return client;
}

/** The process at the other end, as the server tells it. */
function processOf(client: pg.Client): number {
  return (client as unknown as { processID: number }).processID;
}

const startUp = Buffer.from("\0\0\0\x0a\0\x03\0\0\0\0");
const sync = Buffer.from("S\0\0\0\x04");
const unknown = Buffer.from("y\0\0\0\x04");
const idle = Buffer.from("Z\0\0\0\x05I");

/** A client without a driver: collects what it is sent. */
class Raw {
  readonly socket: Socket;
  readonly #chunks: Buffer[] = [];
  isOver = false;

  private constructor(port: number) {
    this.socket = connect(port, "127.0.0.1");
    this.socket.on("data", (chunk) => this.#chunks.push(chunk));
    // A server that is full resets the connection.
    this.socket.on("error", () => undefined);
    this.socket.on("close", () => (this.isOver = true));
    onTestFinished(() => void this.socket.destroy());
  }

  static to(port: number): Raw {
    return new Raw(port);
  }

  /** Logged in. */
  static async started(port: number): Promise<Raw> {
    const client = new Raw(port);
    client.socket.write(startUp);
    await until(() => client.received().subarray(-idle.length).equals(idle), "it is let in");
    client.#chunks.length = 0;
    return client;
  }

  received(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  get receivedBytes(): number {
    return this.#chunks.reduce((sum, { length }) => sum + length, 0);
  }
}

describe("the no-op server", () => {
  it("runs the driver's simple, parametrised and prepared queries", async () => {
    const client = await newClient(addressOf(await newServer()));
    expect(await client.query("select 1 as one")).toMatchObject({ command: "SELECT", rows: [] });
    expect(await client.query("")).toMatchObject({ rows: [] });
    const update = await client.query("update t set a = $1 where b = $2", [1, "x"]);
    expect(update).toMatchObject({ command: "UPDATE", rowCount: 0 });
    const insert = { name: "insert", text: "insert into t values ($1)", values: ["x"] };
    const read = { name: "read", text: "select a from t where b = $1", values: [null] };
    for (let times = 0; times < 3; times++) {
      expect(await client.query(insert)).toMatchObject({ command: "INSERT", rowCount: 0 });
      expect(await client.query(read)).toMatchObject({ command: "SELECT", rowCount: 0, rows: [] });
    }
  });

  it("tells the driver whether it is in a transaction", async () => {
    const client = await newClient(addressOf(await newServer()));
    expect(client.getTransactionStatus()).toBe("I");
    expect(await client.query("begin")).toMatchObject({ command: "BEGIN" });
    await client.query("select $1", [1]);
    expect(client.getTransactionStatus()).toBe("T");
    expect(await client.query("commit")).toMatchObject({ command: "COMMIT" });
    expect(client.getTransactionStatus()).toBe("I");
  });

  it("keeps the transactions of two clients apart", async () => {
    const address = addressOf(await newServer());
    const [one, other] = await Promise.all([newClient(address), newClient(address)]);
    await one.query("begin");
    await other.query("select 1");
    expect([one, other].map((client) => client.getTransactionStatus())).toEqual(["T", "I"]);
  });

  it("answers all that is sent ahead, also to a client that reads slowly", async () => {
    const client = await Raw.started(await newServer());
    client.socket.on("data", () => {
      client.socket.pause();
      setImmediate(() => client.socket.resume());
    });
    // More than the sockets' own buffers hold.
    const syncs = 4_000_000;
    client.socket.write(Buffer.alloc(syncs * sync.length, sync));
    await until(() => client.receivedBytes >= syncs * idle.length, "all answers are there");
    expect(client.received().equals(Buffer.alloc(syncs * idle.length, idle))).toBe(true);
  });

  it.each([
    ["of unknown type", unknown],
    ["longer than 16 MB", Buffer.concat([Buffer.from("B\x01\0\0\x01"), Buffer.alloc(100_000)])],
  ])("refuses a message %s, and closes the connection", async (_, message) => {
    const client = await Raw.started(await newServer());
    client.socket.write(message);
    await until(() => client.isOver, "the connection is closed");
    expect(client.received().toString()).toMatch(/^E.*\0C08P01\0/s);
  });

  it("can be heard refusing by a client that goes on sending", async () => {
    const client = await Raw.started(await newServer());
    client.socket.pause();
    // More than the sockets' own buffers hold. A reset would take with it what was not read yet.
    const sent = Buffer.concat([unknown, Buffer.alloc(32 * 1024 * 1024)]);
    await new Promise((resolve) => client.socket.write(sent, resolve));
    client.socket.resume();
    await until(() => client.isOver, "the connection is closed");
    expect(client.received().toString()).toMatch(/^E.*\0C08P01\0/s);
  });

  it("closes the connection of who asks to cancel, or says goodbye", async () => {
    const port = await newServer();
    const canceller = Raw.to(port);
    canceller.socket.write(Buffer.from("\0\0\0\x10\x04\xd2\x16\x2e\0\0\0\0\0\0\0\0", "latin1"));
    const leaver = await Raw.started(port);
    leaver.socket.write(Buffer.from("X\0\0\0\x04"));
    await until(() => canceller.isOver && leaver.isOver, "both connections are closed");
    expect(canceller.receivedBytes + leaver.receivedBytes).toBe(0);
  });

  it("lets a thousand sessions and a hundred others in at once, and nobody after them", async () => {
    const port = await newServer();
    const clients = await Promise.all(Array.from({ length: 1_100 }, () => Raw.started(port)));
    const late = Raw.to(port);
    await until(() => late.isOver, "the last is turned away");
    expect(clients.filter(({ isOver }) => isOver)).toEqual([]);
    clients[0]!.socket.destroy();
    await until(async () => {
      const next = Raw.to(port);
      next.socket.write(startUp);
      await until(() => next.isOver || next.receivedBytes > 0, "it is let in or turned away");
      return next.receivedBytes > 0;
    }, "there is room for one more");
  });

  it("drops its clients when it is closed", async () => {
    const server = await startNoopServer();
    const client = await Raw.started(server.port);
    await server.close();
    await until(() => client.isOver, "the connection is closed");
  });
});

/** Whether anybody listens there. */
async function isServed(address: Address): Promise<boolean> {
  const socket = connect(Number(new URL(address.display).port), "127.0.0.1");
  return new Promise((resolve) => {
    socket.once("error", () => resolve(false)); // ECONNREFUSED
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}

/** Another process that starts the server, as code of its own in the folder of a package. */
async function startElsewhere(folder: string): Promise<{ parent: ChildProcess; said: string }> {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import { spawnNoopServer } from "./src/server/noop/process.ts";
        const say = (text) => process.stdout.write(text);
        await spawnNoopServer().then(({ address }) => say(address.display), ({ message }) => say(message));`,
      resolveDir: packageRoot(),
    },
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    write: false,
  });
  const code = ["--input-type=module", "--eval", outputFiles[0]!.text];
  const parent = spawn(process.execPath, code, {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void parent.kill("SIGKILL"));
  const [said] = (await once(parent.stdout, "data")) as [Buffer];
  return { parent, said: said.toString() };
}

/** A package of which only the code for `dist/noop-server.js` is there; null: not even that. */
async function newPackage(noopServer: string | null): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "loadgen-noop-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "package.json"), '{ "name": "loadgen", "type": "module" }');
  await symlink(join(packageRoot(), "node_modules"), join(folder, "node_modules"));
  await mkdir(join(folder, "dist"));
  if (noopServer !== null) await writeFile(join(folder, "dist", "noop-server.js"), noopServer);
  return folder;
}

describe("its process", () => {
  it("serves until it is stopped", async () => {
    const server = await newProcess();
    const client = await newClient(server.address);
    expect(await client.query("select 1")).toMatchObject({ command: "SELECT" });
    const pid = processOf(client);
    expect(pid).not.toBe(process.pid);
    await server.stop();
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
    expect(await isServed(server.address)).toBe(false);
    await server.stop();
  });

  it("can run beside another", async () => {
    const servers = await Promise.all([newProcess(), newProcess()]);
    const one = await newClient(servers[0].address);
    const other = await newClient(servers[1].address);
    expect(processOf(one)).not.toBe(processOf(other));
    await servers[0].stop();
    expect(await other.query("select 1")).toMatchObject({ command: "SELECT" });
  });

  it("leaves a Ctrl-C to its starter", async () => {
    const client = await newClient((await newProcess()).address);
    process.kill(processOf(client), "SIGINT");
    // A signal is delivered before the process reads again.
    expect(await client.query("select 1")).toMatchObject({ command: "SELECT" });
  });

  it("ends when its starter is killed", async () => {
    const { parent, said } = await startElsewhere(packageRoot());
    const address = Address.from(said, {});
    expect(await isServed(address)).toBe(true);
    parent.kill("SIGKILL");
    await until(async () => !(await isServed(address)), "the server is gone");
  });

  it.each([
    ["is missing", null, /^the no-op server does not start: .*Cannot find module/s],
    ["is broken", 'throw new Error("broken")', /^the no-op server does not start: .*broken/s],
    ["ends at once", "", /^the no-op server does not start: it ended with code 0/],
  ])("is asked for in vain where its code %s", async (_, code, message) => {
    const { said } = await startElsewhere(await newPackage(code));
    expect(said).toMatch(message);
  });
});
