import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { scenarios } from "../../scenarios/index.ts";
import { Address } from "../../src/server/address.ts";
import { Connection } from "../../src/server/connection.ts";
import { type Ended, expectCode, Loadgen, tinyFixture } from "../helpers/loadgen.ts";

let loadgen: Loadgen;

beforeAll(async () => {
  loadgen = await Loadgen.fresh();
});

afterAll(() => loadgen.remove());

async function good(...words: readonly string[]): Promise<Ended> {
  const ended = await loadgen.command(...words);
  expectCode(ended, 0);
  expect(ended.stderr).toBe("");
  return ended;
}

describe("the command line", () => {
  it("does not load esbuild before there is a file to be built with it", async () => {
    const dist = join(import.meta.dirname, "..", "..", "dist");
    const names = (await readdir(dist)).filter((name) => name.endsWith(".js"));
    const texts = await Promise.all(names.map((name) => readFile(join(dist, name), "utf8")));
    const text = texts.join("\n");
    expect(text).toContain('import("esbuild")');
    expect(text).not.toMatch(/(from|import) ?"esbuild"/);
  });
});

describe("loadgen list", () => {
  it("has a line for each system, scenario, variant and fault", async () => {
    const { stdout } = await good("list");
    for (const name of [
      "systems",
      "scenarios",
      "variants of dms, current unless another is named",
      "faults",
    ]) {
      expect(stdout).toContain(`${name}\n`);
    }
    expect(stdout).toMatch(/\n {2}batch-1000 +1 000 documents, .* \(dms\)\n/);
    expect(stdout).toMatch(/\n {2}current +as deployed: .*\n/);
    expect(stdout).toMatch(/\n {2}metaverse +.* \(sizes tiny, small, .*\)\n/);
  });

  it("has one kind alone, without a title", async () => {
    const { stdout } = await good("list", "scenarios");
    const names = stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.trim().split(" ")[0]);
    expect(names).toEqual(scenarios.map(({ name }) => name));
  });

  it("has variants in lines of at most 100 columns, and says that several make one", async () => {
    const { stdout } = await good("list", "variants");
    expect(stdout.split("\n").filter((line) => line.length > 100)).toEqual([]);
    expect(stdout).toContain("--variant differential+fillfactor-85");
  });

  it("has the faults of chaos list", async () => {
    const { stdout } = await good("chaos", "list");
    expect(stdout).toMatch(/^autovacuum-pause \(blast radius: database\)\n {2}\w/);
    expect(stdout).toMatch(
      /\npool-limit \(blast radius: session\)\n.*\n {2}max=… +.*: a whole number of sessions from 1 to 10000, must be given\n/,
    );
    expect(stdout).toContain("--chaos random:every=10s,length=3s");
    const faults = await good("list", "faults");
    expect(faults.stdout).toMatch(/^ {2}autovacuum-pause +.*blast radius: database/);
  });
});

describe("loadgen fixtures export", () => {
  it("writes the very bytes that the original generator wrote", async () => {
    const size = ["--documents", "1000", "--references", "5000"];
    const { stdout } = await good(
      "fixtures",
      "export",
      ...size,
      "--format",
      "csv",
      "--out",
      "golden",
    );
    const golden = join(import.meta.dirname, "..", "data", "dms-1000-5000");
    const names = (await readdir(golden)).sort();
    expect(names).toEqual(["alias.csv", "document.csv", "reference.csv"]);
    expect((await readdir(join(loadgen.folder, "golden"))).sort()).toEqual(names);
    for (const name of names) {
      const written = await readFile(join(loadgen.folder, "golden", name));
      expect(written.equals(await readFile(join(golden, name))), name).toBe(true);
      expect(stdout).toContain(name);
    }
  });
});

/** As an interrupted run on this server leaves it on disk. */
async function leaveEntry(server: string | null): Promise<string> {
  const entry = {
    ...{ id: "a-run-0", fault: "autovacuum-pause", database: "own", server },
    ...{ injectedAt: "2026-11-20T12:00:00.000Z", undo: { tables: [] } },
  };
  const folder = join(loadgen.home, "journal");
  await mkdir(folder, { recursive: true });
  const file = join(folder, "a-run-0.json");
  await writeFile(file, JSON.stringify(entry));
  return file;
}

const elsewhere = "postgresql://somebody@elsewhere:5432/own";
const elsewhereLine = `autovacuum-pause in own on ${elsewhere}: not this server; run: loadgen chaos restore --url ${elsewhere}\n`;

// Before any server is started here.
describe("loadgen chaos restore without an embedded server", () => {
  afterEach(() => {
    expect(existsSync(join(loadgen.home, "data"))).toBe(false);
  });

  it("makes none", async () => {
    expect((await good("chaos", "restore")).stdout).toBe("nothing is left to undo\n");
  });

  it("strikes out what was on one that is gone", async () => {
    const file = await leaveEntry(null);
    expect((await good("chaos", "restore")).stdout).toContain("embedded server's data are gone");
    expect(existsSync(file)).toBe(false);
  });

  it("ends with 94 and says how to undo what was left on another server", async () => {
    const file = await leaveEntry(elsewhere);
    const ended = await loadgen.command("chaos", "restore");
    expectCode(ended, 94);
    expect(ended.stdout).toBe(elsewhereLine);
    expect(existsSync(file)).toBe(true);
    await rm(file);
  });
});

describe("loadgen db and fixtures", () => {
  it("start, use, reset and stop one server", async () => {
    expect((await good("db", "status")).stdout).toBe(`not running (home ${loadgen.home})\n`);
    expectCode(await loadgen.command("db", "url"), 3);
    expect((await good("db", "stop")).stdout).toBe("not running\n");

    const started = (await good("db", "start")).stdout;
    expect(started).toMatch(/^started: PostgreSQL 18\.\d+ at 127\.0\.0\.1:\d+, process \d+\n/);
    expect((await good("db", "start")).stdout).toBe(started.replace("started", "running already"));
    expect((await good("db", "status")).stdout).toBe(started.replace("started", "running"));

    expect((await good("fixtures", "list")).stdout).toBe("no fixture is loaded\n");
    const loaded = (await good("fixtures", "load", ...tinyFixture)).stdout;
    const name = /\nloaded: (\S+)\n$/.exec(loaded)?.[1] ?? "";
    expect(loaded).toContain("dms.reference\n");
    const again = (await good("fixtures", "load", ...tinyFixture)).stdout.split("\n");
    expect(again).toEqual([`loaded: ${name}`, ""]);
    expect((await good("fixtures", "list")).stdout).toMatch(
      new RegExp(
        `^${name} {2}system dms, loaded for variant current, documents 200, references 2000, .*\n$`,
      ),
    );

    expect((await good("db", "reset")).stdout).toBe(`dropped 1 database\n  ${name}\n`);
    expect((await good("fixtures", "list")).stdout).toBe("no fixture is loaded\n");
    expect((await good("db", "stop")).stdout).toBe("stopped\n");
    expect((await good("db", "status")).stdout).toMatch(/^not running/);
  });

  it("tell how to log in, in one place only, and keep it in a file of one's own", async () => {
    const { stdout: started } = await good("db", "start");
    const { stdout: url } = await good("db", "url");
    const address = Address.from(url.trim(), {});
    const rows = await Connection.use(address, "loadgen/test", (connection) =>
      connection.query("select 1 as one"),
    );
    expect(rows).toEqual([{ one: 1 }]);
    const { password } = address.clientConfig("test");
    expect(String(password).length).toBeGreaterThan(15);
    const status = await good("db", "status");
    expect(started + status.stdout).not.toContain(String(password));
    const { mode } = await stat(join(loadgen.home, "password"));
    expect(mode & 0o777).toBe(0o600);
  });
});

describe("loadgen doctor", () => {
  it("ends with 0 on the server that loadgen set up", async () => {
    const { stdout } = await good("doctor");
    expect(stdout).toMatch(/^embedded PostgreSQL 18\.\d+ at 127\.0\.0\.1:\d+, for 100 sessions\n/);
    expect(stdout).toContain("\n  ✓ faults left behind: none\n");
    expect(stdout).not.toContain("✗");
  });

  it("says whether there is a k6, and how to get one, and ends with 0 without", async () => {
    await good("doctor");
    const nowhere = { PATH: loadgen.folder };
    const without = await loadgen.start(["doctor"], nowhere).ended;
    expectCode(without, 0);
    expect(without.stdout).toMatch(
      /\n {2}\? k6: not to be had \(needed: for --engine k6\)\n {6}[^\n]*install Go 1\.25 or newer/,
    );
    const go = join(loadgen.folder, "go");
    await writeFile(go, "#!/bin/sh\n");
    await chmod(go, 0o755);
    const withGo = await loadgen.start(["doctor"], nowhere).ended;
    expect(withGo.stdout).toContain("\n  ✓ k6: not built yet, and Go is there to build it\n");
    await rm(go);
  });

  it("ends with 3 and says what to do where something is missing", async () => {
    const ended = await loadgen.command("doctor", "--sessions", "100000");
    expectCode(ended, 3);
    const [, hint = ""] =
      /\n {2}✗ [^\n]*\(needed: [^\n]*\)\n {6}([^\n]+)\n/.exec(ended.stdout) ?? [];
    expect(hint).not.toBe("");
  });

  it("fails for what is left on another server, and says how to undo it there", async () => {
    const file = await leaveEntry(elsewhere);
    const ended = await loadgen.command("doctor");
    expectCode(ended, 3);
    expect(ended.stdout).toContain("\n  ✗ faults left behind: autovacuum-pause in own");
    expect(ended.stdout).toContain(`\n      ${elsewhereLine}`);
    await rm(file);
  });
});
