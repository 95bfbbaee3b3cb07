import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Connection } from "../../src/server/connection.ts";
import { type Ended, expectCode, Loadgen } from "../helpers/loadgen.ts";
import { type FreshDatabase, freshDatabase } from "../helpers/postgres.ts";
import { freshRole } from "../helpers/role.ts";
import { Driver, driverTable, elsewhere, untilBackends } from "../watch/driver.ts";

let loadgen: Loadgen;

beforeAll(async () => {
  loadgen = await Loadgen.fresh();
});
afterEach(() => loadgen.killAll());
afterAll(() => loadgen.remove());

const name = ["--application-name", "driver/"] as const;

describe("loadgen watch, used wrongly", () => {
  it("ends with 2 and every problem, and starts nothing", async () => {
    const words = ["--clients", "none", "--duration", "1", "--hot", "--url", "nonsense"];
    const ended = await loadgen.command("watch", ...words);
    expectCode(ended, 2);
    expect(ended.stdout).toBe("");
    expect(ended.stderr.trim().split("\n")).toEqual([
      expect.stringContaining("unknown option --hot"),
      expect.stringContaining("--application-name: expected"),
      expect.stringContaining('got "1"'),
      expect.stringContaining('got "none"'),
      expect.stringContaining("expected postgresql://"),
    ]);
    expect(existsSync(join(loadgen.home, "data")), "a server was started").toBe(false);
  });
});

describe("loadgen watch, on ten sockets that 32 loops share", () => {
  let database: FreshDatabase;
  let driver: Driver;

  beforeEach(async () => {
    database = await freshDatabase();
    await database.connection.script(driverTable);
    driver = new Driver(database.address, { sockets: 10, loops: 32 });
    await untilBackends(database.connection, "driver/", 10);
  });

  afterEach(async () => {
    await driver.stop();
    await database.drop();
  });

  function watch(words: readonly string[], address = database.address): Promise<Ended> {
    return loadgen.start(["watch", ...words], elsewhere(address)).ended;
  }

  it("tells a line a second, what was seen, and what that suggests", async () => {
    const ended = await watch([...name, "--duration", "2s"]);
    expectCode(ended, 0);
    expect(ended.stdout).toMatch(/^ +1 s +10 /m);
    expect(ended.stdout).toContain("10 backends from the first look to the last, never more");
    expect(ended.stdout).toContain("Suspected: generator.");
    const { password } = database.address.clientConfig("test");
    expect(ended.stdout + ended.stderr).not.toContain(String(password));
  });

  it("ends with 97 once it knows of more clients than backends; --json is all on stdout", async () => {
    const ended = await watch([...name, "--duration", "1s", "--clients", "32", "--json"]);
    expectCode(ended, 97);
    expect(JSON.parse(ended.stdout)).toMatchObject({
      schema: "loadgen.watch/1",
      verdict: { status: "invalid", exitCode: 97 },
      load: { limitedBy: { kind: "generator" } },
    });
    expect(ended.stderr).toMatch(/^ +1 s +10 /m);
  });

  it("has no live lines if it is to be quiet", async () => {
    const ended = await watch([...name, "--duration", "1s", "--quiet"]);
    expectCode(ended, 0);
    expect(ended.stdout).not.toContain("most wait for");
  });

  it("ends with 97 where nobody has such a name, and tells who is there", async () => {
    const ended = await watch(["--application-name", "drover/", "--duration", "1s"]);
    expectCode(ended, 97);
    const text = ended.stdout.replace(/\s+/g, " ");
    expect(text).toContain(`"driver/test" (${database.address.database}, 10 backends)`);
  });

  it("ends with 3 where it may not see what they do, and names the right", async () => {
    const role = await freshRole(database.address);
    try {
      const ended = await watch([...name, "--duration", "60s"], role.address);
      expectCode(ended, 3);
      expect(ended.stderr).toContain(`grant pg_read_all_stats to ${role.name}`);
    } finally {
      await role.drop();
    }
  });

  it("ends with 130 by SIGINT, with what was seen", async () => {
    const words = ["watch", ...name, "--duration", "1h"];
    const started = loadgen.start(words, elsewhere(database.address));
    await started.printed(" 1 s");
    started.signal("SIGINT");
    const ended = await started.ended;
    expectCode(ended, 130);
    expect(ended.stdout).toContain("10 backends from the first look to the last");
    expect(ended.stdout.replace(/\s+/g, " ")).toContain("stopped by SIGINT after");
  });
});

describe("loadgen watch, on the embedded server", () => {
  it("tells that it went away, and what was seen before counts", async () => {
    const address = await loadgen.server();
    await Connection.use(address, "loadgen/test", (connection) => connection.script(driverTable));
    const driver = new Driver(address, { sockets: 2, loops: 2 });
    await Connection.use(address, "loadgen/test", (connection) =>
      untilBackends(connection, "driver/", 2),
    );
    const started = loadgen.start(["watch", ...name, "--duration", "1h"]);
    await started.printed(" 1 s");
    expectCode(await loadgen.command("db", "stop"), 0);
    await started.printed("the server does not answer");
    started.signal("SIGINT");
    const ended = await started.ended;
    await driver.stop();
    expectCode(ended, 130);
    expect(ended.stdout).toContain("2 backends from the first look to the last");
  });

  it("ends with 3 where there is no server", async () => {
    const url = "postgresql://me@127.0.0.1:1/mine";
    const ended = await loadgen.command("watch", ...name, "--url", url);
    expectCode(ended, 3);
    expect(ended.stderr).toContain("cannot connect");
  });
});
