/** What cannot be written beside a result: it takes nothing from a run's verdict, nor from what was measured. */
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { expectCode, Loadgen, runJsonIn, tinyFixture } from "../helpers/loadgen.ts";
import { until } from "../helpers/postgres.ts";

let loadgen: Loadgen;

beforeAll(async () => {
  loadgen = await Loadgen.prepared();
});

afterEach(() => loadgen.killAll());

afterAll(() => loadgen.remove());

const short = [...tinyFixture, "--sessions", "2", "--duration", "3s", "--warmup", "0"];

/** So that a sample of the measured time has been told. */
async function measuring(folder: string): Promise<void> {
  const file = join(folder, "samples.ndjson");
  await until(
    async () => existsSync(file) && (await readFile(file, "utf8")).includes("\n"),
    "a sample",
  );
}

describe("a run", () => {
  it("ends as it was judged where its page cannot be written, and says so", async () => {
    const { started, folder } = loadgen.startRun(["point-read", ...short]);
    await measuring(folder);
    await mkdir(join(folder, "report.html"));
    const ended = await started.ended;
    expectCode(ended, 0);
    expect(ended.stdout).toMatch(/! report\.html could not be written: /);
    expect((await runJsonIn(folder)).verdict.exitCode).toBe(0);
    expect(await readdir(folder)).toEqual(expect.arrayContaining(["junit.xml", "metrics.prom"]));
  });
});

describe("a command of many runs", () => {
  it("leaves what its first run had measured, though that has no result", async () => {
    const words = ["concurrent", ...short, "--variant", "slowed", "--against", "current"];
    const { started, folder } = loadgen.startRun(words);
    const runs = join(folder, "runs");
    await until(async () => existsSync(runs) && (await readdir(runs)).length > 0, "a run");
    const [first = ""] = await readdir(runs);
    await measuring(join(runs, first));
    await mkdir(join(runs, first, "run.json"));
    const ended = await started.ended;
    expectCode(ended, 2);
    expect(ended.stderr).toContain("run.json");
    expect(ended.stderr).toContain("what was measured until then is in ");
    expect(await readdir(join(runs, first))).toContain("samples.ndjson");
  });
});
