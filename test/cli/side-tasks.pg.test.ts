import { existsSync } from "node:fs";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Connection } from "../../src/server/connection.ts";
import { expectCode, Loadgen, runJsonIn, fewPartitions } from "../helpers/loadgen.ts";

let loadgen: Loadgen;

beforeAll(async () => {
  loadgen = await Loadgen.prepared();
});

afterAll(() => loadgen.remove());

const words = ["--sessions", "2", "--think", "5ms", "--warmup", "0", "--duration", "4s"];

describe("a side task", () => {
  it("is performed while the load goes on, told of everywhere, and repeated without its file", async () => {
    const file = join(loadgen.home, "work.sql");
    await writeFile(
      file,
      "-- Each on its own.\nvacuum dms.reference;\ncreate index concurrently made on dms.document_00 (id);\n",
    );
    const run = await loadgen.run(
      "concurrent",
      ...fewPartitions,
      ...words,
      "--while",
      `${file}@1s`,
    );
    expectCode(run, 0);
    expect(run.stdout).toContain(`faults      while 1: ${file}@1s`);
    expect(run.stdout).toMatch(/the side task was done/);
    const result = await runJsonIn(run.folder);
    expect(result.faults).toMatchObject([
      {
        name: "while",
        effective: true,
        undone: true,
        task: { outcome: "done", sqlstate: null, message: null },
      },
    ]);
    const [fault] = result.faults;
    expect(fault?.endMs).toBeLessThan(4_000);
    expect(result.windows.map(({ name }) => name)).toEqual(["baseline", "fault", "recovery"]);
    expect(fault?.impact?.baseline?.perSecond).toBeGreaterThan(0);
    expect(await readFile(join(run.folder, "report.html"), "utf8")).toContain("2 of 2 statements");
    expect(await readFile(join(run.folder, "junit.xml"), "utf8")).toContain("work.sql@1s");

    await rm(file);
    const again = await loadgen.run("concurrent", "--repeat", run.folder, "--duration", "3s");
    expectCode(again, 0);
    expect((await runJsonIn(again.folder)).faults).toMatchObject([
      { evidence: expect.stringContaining("2 of 2") as string },
    ]);
  });

  it("that fails, or is not done by the end, leaves nothing shown: 95", async () => {
    const run = await loadgen.run(
      ...["concurrent", ...fewPartitions, ...words],
      ...["--while", "vacuum dms.no_such_table", "--while", "select pg_sleep(600)@2s"],
    );
    expectCode(run, 95);
    expect(run.stdout).toContain(
      'the side task while 1: vacuum dms.no_such_table@1s was not done: it failed after 0.0 s (42P01: relation "dms.no_such_table" does not exist)',
    );
    expect(run.stdout).toContain(
      "the side task while 2: select pg_sleep(600)@2s was not done: it was not finished after",
    );
    const { faults } = await runJsonIn(run.folder);
    expect(faults).toMatchObject([
      { task: { outcome: "failed", sqlstate: "42P01" } },
      { task: { outcome: "not finished", sqlstate: null } },
    ]);
  });

  it("keeps its literals to plan.json, and says what was not committed", async () => {
    const run = await loadgen.run(
      ...["concurrent", ...fewPartitions, ...words, "--metrics-port", "0"],
      ...["--while", "create role hushed password 'hunter2'; drop role hushed@500ms"],
      ...["--while", "begin; update dms.alias set documentid = documentid where false@1s"],
      ...["--while", "select 'hunter2'::int4@1500ms"],
    );
    expectCode(run, 95);
    expect(run.stdout).toContain(
      "while 1: create role hushed password '…'; drop role hushed@500ms",
    );
    expect(run.stdout).toContain("left a transaction open, nothing of it was committed");
    const files = (await readdir(run.folder)).filter((name) => name !== "plan.json");
    expect(files.length).toBeGreaterThan(5);
    for (const name of files) {
      expect(await readFile(join(run.folder, name), "utf8"), name).not.toContain("hunter2");
    }
    expect(run.stdout + run.stderr).not.toContain("hunter2");
    expect(await readFile(join(run.folder, "plan.json"), "utf8")).toContain("hunter2");
    expect(await readFile(join(run.folder, "summary.md"), "utf8")).toContain("done, over.");
    expect((await runJsonIn(run.folder)).faults).toMatchObject([
      { task: { outcome: "done" } },
      { task: { outcome: "failed", sqlstate: null } },
      { task: { outcome: "failed", sqlstate: "22P02" } },
    ]);
  });

  it("that could not be performed is refused before anything starts", async () => {
    const run = await loadgen.run(
      ...["concurrent", ...fewPartitions, ...words],
      ...["--while", "copy dms.alias from stdin@1s", "--while", "select 'hunter2'@1s@2s"],
    );
    expectCode(run, 2);
    expect(run.stderr).toContain("expected no COPY from stdin");
    expect(run.stderr).toMatch(/--while: "select '…'": only one "@" and one "\+" were expected/);
    expect(existsSync(run.folder)).toBe(false);
  });

  it("that left an invalid index behind is told of after a kill -9, and the index is left", async () => {
    const { started } = loadgen.startRun([
      ...["concurrent", ...fewPartitions, "--sessions", "2", "--duration", "300s", "--warmup", "0"],
      ...["--while", "select pg_sleep(600)@500ms"],
    ]);
    await started.printed("fault in force");
    started.signal("SIGKILL");
    await started.ended;
    const [name = ""] = await loadgen.databases("loadgen_run_");
    const server = await loadgen.server();
    await Connection.use(server.withDatabase(name), "loadgen/test", async (connection) => {
      await connection
        .query("create unique index concurrently halfway_ccnew on dms.alias_00 ((1))")
        .catch(() => undefined);
    });
    const restored = await loadgen.command("chaos", "restore");
    expectCode(restored, 0);
    expect(restored.stdout).toMatch(
      /^while .*: over in the database .*; it left behind invalid .*dms\.halfway_ccnew/m,
    );
    await Connection.use(server.withDatabase(name), "loadgen/test", async (connection) => {
      const [row] = await connection.query(
        "select to_regclass('dms.halfway_ccnew') is not null as there",
      );
      expect(row).toEqual({ there: true });
    });
  });

  it("needs consent where loadgen did not make the database, and changes nothing without", async () => {
    const { stdout: url } = await loadgen.command("db", "url");
    const run = await loadgen.run(
      ...["concurrent", ...words, "--url", url.trim(), "--existing"],
      ...["--while", "create table made (id integer)"],
    );
    expectCode(run, 2);
    expect(run.stderr).toMatch(
      /--while 1: create table made \(id integer\)@1s would change the database postgres, which loadgen did not create: give --allow-chaos-on postgres/,
    );
  });
});
