import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectCode, Loadgen, runJsonIn, fewPartitions } from "../helpers/loadgen.ts";

let loadgen: Loadgen;

beforeAll(async () => {
  loadgen = await Loadgen.fresh();
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
    expect(run.stdout).toContain(`faults      while ${file}@1s`);
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
      'the side task while vacuum dms.no_such_table@1s was not done: it failed after 0.0 s (42P01: relation "dms.no_such_table" does not exist)',
    );
    expect(run.stdout).toContain(
      "the side task while select pg_sleep(600)@2s was not done: it was not finished after",
    );
    const { faults } = await runJsonIn(run.folder);
    expect(faults).toMatchObject([
      { task: { outcome: "failed", sqlstate: "42P01" } },
      { task: { outcome: "not finished", sqlstate: null } },
    ]);
  });

  it("needs consent where loadgen did not make the database, and changes nothing without", async () => {
    const { stdout: url } = await loadgen.command("db", "url");
    const run = await loadgen.run(
      ...["concurrent", ...words, "--url", url.trim(), "--existing"],
      ...["--while", "create table made (id integer)"],
    );
    expectCode(run, 2);
    expect(run.stderr).toMatch(
      /--while create table made \(id integer\)@1s would change the database postgres, which loadgen did not create: give --allow-chaos-on postgres/,
    );
  });
});
