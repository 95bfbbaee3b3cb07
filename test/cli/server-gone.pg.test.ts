import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { expectCode, Loadgen, runJsonIn, tinyFixture } from "../helpers/loadgen.ts";

let loadgen: Loadgen;

beforeAll(async () => {
  loadgen = await Loadgen.prepared();
  await loadgen.server();
  expectCode(await loadgen.command("fixtures", "load", ...tinyFixture), 0);
});

afterEach(() => loadgen.killAll());

afterAll(() => loadgen.remove());

describe("a server that goes away", () => {
  it("leaves what was measured, a fault that is still to be undone, and no verdict of well", async () => {
    const { folder, started } = loadgen.startRun([
      "concurrent",
      ...tinyFixture,
      ...["--sessions", "4", "--duration", "4s", "--warmup", "0"],
      ...["--chaos", "autovacuum-pause@1s"],
    ]);
    await started.printed("fault in force");
    expectCode(await loadgen.command("db", "stop"), 0);
    expectCode(await started.ended, 94);
    const { verdict, transactions, faults } = await runJsonIn(folder);
    expect(transactions.committed).toBeGreaterThan(0);
    expect(faults).toMatchObject([{ undone: false }]);
    expect(verdict.reasons.join("\n")).toMatch(/could not be undone/);
    expect(verdict.reasons.join("\n")).toMatch(/the server could not be asked/);
    const restored = await loadgen.command("chaos", "restore");
    expectCode(restored, 0);
    expect(restored.stdout).toContain("autovacuum-pause");
  });
});

describe("work that hangs", () => {
  it("does not pass because little of it came to an end", async () => {
    const file = join(loadgen.folder, "hang.sql");
    await writeFile(file, "select pg_advisory_xact_lock(1); select pg_sleep(1);");
    const run = await loadgen.run(
      file,
      ...["--sessions", "8", "--duration", "2s", "--warmup", "0", "--grace", "0"],
    );
    expectCode(run, 97);
    expect((await runJsonIn(run.folder)).verdict.reasons.join()).toContain("did not end within");
  });
});

describe("samples.ndjson", () => {
  it("has a line for each second of a run and none beside", async () => {
    const run = await loadgen.run(
      "concurrent",
      ...tinyFixture,
      ...["--sessions", "2", "--duration", "3s", "--warmup", "1s"],
    );
    expectCode(run, 0);
    const text = await readFile(join(run.folder, "samples.ndjson"), "utf8");
    const samples = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { atMs: number; phase: string });
    const seconds = samples.map(({ atMs }) => Math.round(atMs / 1000));
    expect(seconds).toEqual([0, 1, 2, 3]);
    expect(samples.map(({ phase }) => phase)).toEqual([
      "warmup",
      ...Array<string>(3).fill("measured"),
    ]);
  });
});
