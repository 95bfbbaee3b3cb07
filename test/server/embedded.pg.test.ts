import { type ChildProcess, spawn } from "node:child_process";
import {
  appendFile,
  chmod,
  cp,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { bundledPackage } from "../../src/server/binaries.ts";
import { Connection } from "../../src/server/connection.ts";
import {
  embeddedUrl,
  type RunningServer,
  startEmbedded,
  statusOf,
  stopEmbedded,
} from "../../src/server/embedded.ts";
import { findPostmaster } from "../../src/server/postmaster.ts";
import { isRoot } from "../../src/server/operating-user.ts";
import { removeHome, temporaryHome } from "../helpers/home.ts";
import { startServer14, until } from "../helpers/postgres.ts";
import { hasServer14, package14 } from "../helpers/postgresql-14.ts";

async function newHome(): Promise<string> {
  const home = await temporaryHome();
  onTestFinished(() => removeHome(home));
  return home;
}

async function ask(server: RunningServer, sql: string): Promise<unknown> {
  const [row] = await Connection.use(server.address, "loadgen/test", (connection) =>
    connection.query(sql),
  );
  return row;
}

describe("a started server", () => {
  let home: string;
  beforeAll(async () => {
    home = await temporaryHome();
    await startEmbedded(home);
  });
  afterAll(() => removeHome(home));

  it("is found again by the next start, and by a question for its status", async () => {
    const found = await startEmbedded(home);
    expect(found.startedNow).toBe(false);
    expect(await startEmbedded(home)).toEqual(found);
    expect(await statusOf(home)).toEqual(found);
  });

  it("has the settings that the load needs, and its extensions", async () => {
    const server = await startEmbedded(home);
    expect(server.version).toMatch(/^18\./);
    const sql = `
      select
        current_setting('max_connections') as connections,
        current_setting('max_locks_per_transaction') as locks,
        current_setting('autovacuum_naptime') as naptime,
        current_setting('track_functions') as functions,
        current_setting('listen_addresses') as addresses,
        current_setting('fsync') as fsync,
        current_setting('timezone') as timezone,
        (select count(*)::int from pg_available_extensions
          where name in ('pg_stat_statements', 'pgstattuple', 'pgcrypto')) as extensions`;
    expect(await ask(server, sql)).toEqual({
      connections: "1020",
      locks: "512",
      naptime: "2s",
      functions: "pl",
      addresses: "127.0.0.1",
      fsync: "on",
      timezone: "UTC",
      extensions: 3,
    });
    expect(await readdir(server.socketFolder)).toContain(`.s.PGSQL.${server.port}`);
  });

  it("keeps its password to us, and wants it", async () => {
    const server = await startEmbedded(home);
    const file = await stat(join(home, "password"));
    expect(file.mode & 0o777).toBe(0o600);
    expect(file.uid).toBe(process.getuid!());
    const password = (await readFile(join(home, "password"), "utf8")).trim();
    expect(await embeddedUrl(home, server.port)).toContain(`:${password}@`);
    expect(JSON.stringify(server)).not.toContain(password);

    await writeFile(join(home, "password"), "wrong\n");
    await expect(statusOf(home)).rejects.toMatchObject({ code: "28P01" });
    await rm(join(home, "password"));
    await expect(statusOf(home)).rejects.toThrow(/password.* is missing/);
    await writeFile(join(home, "password"), `${password}\n`, { mode: 0o600 });
  });

  it.runIf(isRoot())("does not run as root", async () => {
    const server = await startEmbedded(home);
    expect((await stat(server.dataFolder)).uid).toBeGreaterThan(0);
  });

  it("keeps data and port over a stop", async () => {
    const first = await startEmbedded(home);
    await ask(first, "create table kept as select 42 as answer");
    expect(await stopEmbedded(home)).toBe(true);
    expect(await statusOf(home)).toBeNull();
    expect(await stopEmbedded(home)).toBe(false);

    const second = await startEmbedded(home);
    expect(second).toMatchObject({ port: first.port, startedNow: true });
    expect(await ask(second, "select answer from kept")).toEqual({ answer: 42 });
  });

  it("comes back on its own port where it must, also if that is taken between a look and its start", async () => {
    const { port } = await startEmbedded(home);
    await stopEmbedded(home);
    const other = createServer();
    let looks = 0;
    const back = await startEmbedded(home, bundledPackage(), async (last) => {
      expect(last).toBe(port);
      if (looks++ === 0) await new Promise<void>((done) => other.listen(port, "127.0.0.1", done));
      else await new Promise((done) => other.close(done));
      return port;
    });
    expect([back.port, looks]).toEqual([port, 2]);
  });

  it("moves to another port when its own was taken meanwhile", async () => {
    const { port } = await startEmbedded(home);
    await stopEmbedded(home);
    const other = createServer();
    await new Promise<void>((done) => other.listen(port, "127.0.0.1", done));
    onTestFinished(() => void other.close());
    expect((await startEmbedded(home)).port).not.toBe(port);
  });

  it("has its socket elsewhere when the home folder's path is long", async () => {
    const longHome = join(await newHome(), "long".repeat(30));
    const server = await startEmbedded(longHome);
    onTestFinished(() => rm(server.socketFolder, { recursive: true }));
    onTestFinished(async () => {
      await stopEmbedded(longHome);
    });
    expect(server.socketFolder.startsWith(longHome)).toBe(false);
    expect((await stat(server.socketFolder)).mode & 0o777).toBe(0o700);
  });
});

describe("a start after an accident", () => {
  /** Runs as the server's user: PostgreSQL takes living processes of other users for strangers. */
  async function bystander(dataFolder: string): Promise<ChildProcess> {
    const { uid, gid } = await stat(dataFolder);
    const child = spawn("sleep", ["600"], { cwd: "/", ...(isRoot() ? { uid, gid } : {}) });
    onTestFinished(() => void child.kill());
    return child;
  }

  it("is not misled by lock files whose number another process has got", async () => {
    const home = await newHome();
    const { pid, port, dataFolder, socketFolder } = await startEmbedded(home);
    const pidFile = join(dataFolder, "postmaster.pid");
    const written = await readFile(pidFile, "utf8");
    await stopEmbedded(home);
    const child = await bystander(dataFolder);
    const misleading = written.replace(String(pid), String(child.pid));
    await writeFile(pidFile, misleading);
    await writeFile(join(socketFolder, `.s.PGSQL.${port}.lock`), misleading);

    expect(await statusOf(home)).toBeNull();
    expect(await stopEmbedded(home)).toBe(false);
    expect((await startEmbedded(home)).startedNow).toBe(true);
    expect(child.exitCode).toBeNull();
    expect(child.signalCode).toBeNull();
  });

  it("recovers what was committed before the server was killed", async () => {
    const home = await newHome();
    const first = await startEmbedded(home);
    await ask(first, "create table kept as select 42 as answer");
    process.kill(first.pid, "SIGKILL");
    await until(
      async () => (await findPostmaster(first.dataFolder)) === null,
      "the server is gone",
    );
    const second = await startEmbedded(home);
    expect(second.startedNow).toBe(true);
    expect(await ask(second, "select answer from kept")).toEqual({ answer: 42 });
  });

  it("begins initdb anew where it was interrupted", async () => {
    const home = await newHome();
    await mkdir(join(home, "data.new"));
    await writeFile(join(home, "data.new", "PG_VERSION"), "18\n");
    await writeFile(join(home, "password"), "of the interrupted one\n");
    await startEmbedded(home);
    expect(await readdir(home)).not.toContain("data.new");
    expect(await readdir(home)).not.toContain("password.initdb");
  });
});

describe("a server that cannot start", () => {
  it.runIf(isRoot())("says which folder its user cannot enter", async () => {
    const home = await newHome();
    await chmod(home, 0o700);
    const below = join(home, "below");
    await expect(startEmbedded(below)).rejects.toThrow(`cannot enter ${home}: set LOADGEN_HOME`);
    expect(await readdir(below)).toEqual([]);
  });

  it("says that its home is no folder", async () => {
    const home = await newHome();
    await writeFile(join(home, "file"), "");
    await expect(startEmbedded(join(home, "file", "home"))).rejects.toThrow(
      `cannot use ${join(home, "file", "home")}`,
    );
  });

  it("shows the end of its log", async () => {
    const home = await newHome();
    const { dataFolder } = await startEmbedded(home);
    await stopEmbedded(home);
    await appendFile(join(dataFolder, "postgresql.conf"), "no_such_setting = 1\n");
    await expect(startEmbedded(home)).rejects.toMatchObject({
      name: "ServerError",
      message: expect.stringMatching(/does not start in[^]*no_such_setting/) as string,
    });
  });

  it("shows what initdb said", async () => {
    const home = await newHome();
    const packageFolder = join(home, "package");
    await cp(bundledPackage(), packageFolder, { recursive: true, verbatimSymlinks: true });
    await rm(join(packageFolder, "native", "share"), { recursive: true });
    await expect(startEmbedded(home, packageFolder)).rejects.toThrow(/initdb failed in[^]*share/);
    expect(await statusOf(home)).toBeNull();
  });
});

describe("the package", () => {
  it("need not have its symbolic links", async () => {
    const home = await newHome();
    const packageFolder = join(home, "package");
    await cp(bundledPackage(), packageFolder, { recursive: true, verbatimSymlinks: true });
    const list = await readFile(join(packageFolder, "native", "pg-symlinks.json"), "utf8");
    const links = JSON.parse(list) as { target: string }[];
    expect(links.length).toBeGreaterThan(0);
    for (const { target } of links) await rm(join(packageFolder, target), { force: true });
    expect((await startEmbedded(home, packageFolder)).startedNow).toBe(true);
  });

  it.runIf(hasServer14)("can be of version 14, the oldest supported", async () => {
    const { address, stop } = await startServer14();
    onTestFinished(stop);
    const rows = await Connection.use(address, "loadgen/test", (connection) =>
      connection.query("show server_version"),
    );
    expect(rows).toEqual([{ server_version: expect.stringMatching(/^14\./) as string }]);
  });

  it.runIf(hasServer14)("must be of the version that made the data", async () => {
    const home = await newHome();
    await startEmbedded(home, package14());
    await stopEmbedded(home);
    await expect(startEmbedded(home)).rejects.toThrow(/was made by PostgreSQL 14, but this is 18/);
  });
});
