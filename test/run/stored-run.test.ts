import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { storedRun } from "../../src/run/stored-run.ts";
import { quietRun } from "../report/run-result.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "loadgen-stored-"));
});

afterEach(() => rm(folder, { recursive: true }));

async function written(path: string, content: unknown): Promise<void> {
  const text = typeof content === "string" ? content : JSON.stringify(content);
  await mkdir(join(folder, path, ".."), { recursive: true });
  await writeFile(join(folder, path), text);
}

async function problems(path = folder): Promise<readonly string[]> {
  const read = await storedRun(path);
  return read.ok ? [] : read.problems;
}

describe("a stored run", () => {
  it("is read back as it was, from its folder or its run.json", async () => {
    await written("run.json", quietRun);
    const read = { ok: true, value: { folder, result: quietRun } };
    expect(await storedRun(folder)).toEqual(read);
    expect(await storedRun(join(folder, "run.json"))).toEqual(read);
    expect(await storedRun(`${folder}/`)).toEqual(read);
  });

  it("is none where there is nothing, or a file of another kind", async () => {
    const nowhere = join(folder, "nowhere");
    expect(await problems(nowhere)).toEqual([
      `cannot read ${nowhere} (ENOENT): expected the folder of a run`,
    ]);
    await written("notes.txt", "");
    const file = join(folder, "notes.txt");
    expect(await problems(file)).toEqual([
      `cannot read ${file} (ENOTDIR): expected the folder of a run`,
    ]);
    expect(await problems()).toEqual([
      `${folder} is not the folder of a run: expected one with a run.json`,
    ]);
  });

  it("is none in the folder of a sweep, whose runs are named, nor of a comparison or a night", async () => {
    await written("compare.json", {});
    expect(await problems()).toEqual([
      `${folder} is not the folder of a run, but that of a comparison: expected one with a run.json`,
    ]);
    await rm(join(folder, "compare.json"));
    await written("nightly.json", {});
    expect((await problems())[0]).toContain("but that of a night: expected");
    await rm(join(folder, "nightly.json"));
    await written("sweep.json", {});
    await written("runs/2-b/run.json", quietRun);
    await written("runs/1-a/run.json", quietRun);
    expect(await problems()).toEqual([
      `${folder} is not the folder of a run, but that of a sweep: expected one with a run.json, such as ${folder}/runs/1-a`,
    ]);
  });

  it("is told to be none where folders of runs are in it, whatever wrote them", async () => {
    await written("concurrent/run.json", quietRun);
    expect(await problems()).toEqual([
      `${folder} is not the folder of a run: expected one with a run.json, such as ${folder}/concurrent`,
    ]);
  });

  it("has all told that is wrong with it", async () => {
    const machine = { cpu: 1, cores: 2 };
    await written("run.json", { ...quietRun, transactions: undefined, machine });
    const file = join(folder, "run.json");
    expect(await problems()).toEqual([
      expect.stringMatching(`^${file}: machine.cpu: .*expected string`),
      expect.stringMatching(`^${file}: transactions: .*expected object`),
    ]);
    await written("run.json", '{ "schema": "loadgen.run/1", ');
    expect(await problems()).toEqual([
      `cannot read ${file} (it is not JSON): expected what a run has written`,
    ]);
  });

  it("of another schema has only that told", async () => {
    await written("run.json", { schema: "loadgen.run/2" });
    expect(await problems()).toEqual([
      expect.stringMatching(/run\.json: schema: .*loadgen.run\/1/),
    ]);
  });
});
