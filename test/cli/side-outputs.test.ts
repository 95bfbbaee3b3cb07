import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { storeComparison } from "../../src/cli/comparison-folder.ts";
import { withLive } from "../../src/cli/live.ts";
import { reportsOf } from "../../src/cli/perform.ts";
import { writeSideOutputs } from "../../src/cli/side-outputs.ts";
import { RunFolder } from "../../src/run/store.ts";
import { planWith } from "../helpers/plan.ts";
import { snapshot } from "../report/page/stored.ts";
import { storedComparison } from "../report/page/stored-others.ts";
import { quietRun } from "../report/run-result.ts";

let parent: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "loadgen-side-"));
});

afterEach(() => rm(parent, { recursive: true }));

describe("what a folder has beside its result", () => {
  it("is written as far as it can be, and what cannot is told by its name", async () => {
    const folder = await RunFolder.create(join(parent, "a-run"));
    await mkdir(join(folder.path, "summary.md"));
    const notes: string[] = [];
    await writeSideOutputs(reportsOf(folder, quietRun), (text) => notes.push(text));
    expect(notes).toEqual([expect.stringMatching(/^summary\.md could not be written: EISDIR/)]);
    expect((await readdir(folder.path)).sort()).toEqual(["junit.xml", "summary.md"]);
  });

  it("takes nothing from a comparison", async () => {
    const folder = await RunFolder.create(join(parent, "compared"));
    for (const name of ["summary.md", "report.html"]) await mkdir(join(folder.path, name));
    await storeComparison(folder, storedComparison().comparison);
    // Whatever fails after that.
    expect(await folder.abandon()).toBe(true);
    expect(await readdir(folder.path)).toContain("compare.json");
  });

  it("takes nothing from a run whose page is served, where its report throws", async () => {
    const files = {
      // The page's own code stumbles over it: no reader of run.json asks for it.
      "run.json": { ...quietRun, locks: null },
      "plan.json": planWith(),
      "before.json": snapshot(1),
    };
    for (const [name, content] of Object.entries(files)) {
      await writeFile(join(parent, name), JSON.stringify(content));
    }
    const where = { port: 0, warmupMs: 0, path: parent, shown: "reports/one" };
    expect(await withLive(where, () => Promise.resolve("its verdict"))).toBe("its verdict");
  });
});
