import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasChromium, startChromium } from "../helpers/chromium.ts";
import { expectCode, Loadgen, tinyFixture } from "../helpers/loadgen.ts";

let loadgen: Loadgen;
let folder: string;

beforeAll(async () => {
  loadgen = await Loadgen.prepared();
  const words = ["concurrent", ...tinyFixture, "--sessions", "3", "--duration", "3s"];
  const ended = await loadgen.run(...words, "--warmup", "0", "--chaos", "lock-rows@1s+1s");
  folder = ended.folder;
  expect(ended.stdout).toMatch(/\n {2}page \S+\/report\.html\n$/);
});

afterAll(() => loadgen.remove());

describe("loadgen report", () => {
  it("writes the same page again as the run did", async () => {
    const file = join(folder, "report.html");
    const first = await readFile(file, "utf8");
    await rm(file);
    const ended = await loadgen.command("report", folder);
    expectCode(ended, 0);
    expect(ended.stdout).toMatch(/report\.html\n$/);
    expect(await readFile(file, "utf8")).toBe(first);
  });

  it.skipIf(!hasChromium)("draws a real run without a word", async () => {
    const browser = await startChromium();
    try {
      const page = await browser.newPage();
      const told: string[] = [];
      page.on("console", (message) => told.push(message.text()));
      page.on("pageerror", (error) => told.push(error.message));
      await page.goto(`file://${join(folder, "report.html")}`);
      for (const name of ["load", "server", "spectrum"]) {
        const paths = page.locator(`[data-chart="${name}"] svg path`);
        expect(await paths.count()).toBeGreaterThan(5);
      }
      expect(told).toEqual([]);
    } finally {
      await browser.close();
    }
  });

  it("ends with 2 and names everything that is wrong with a folder", async () => {
    const broken = `${folder}-broken`;
    await cp(folder, broken, { recursive: true });
    await writeFile(join(broken, "run.json"), '{"schema":"loadgen.run/2"}');
    await rm(join(broken, "plan.json"));
    await writeFile(join(broken, "samples.ndjson"), "{}\n");
    const ended = await loadgen.command("report", broken);
    expectCode(ended, 2);
    expect(ended.stderr).toContain("run.json: schema:");
    expect(ended.stderr).toContain("plan.json");
    expect(ended.stderr).toContain("samples.ndjson, line 1: phase:");
    const missing = await loadgen.command("report", join(folder, "nowhere"));
    expectCode(missing, 2);
    expect(missing.stderr).toContain(
      "expected a folder with one of run.json, sweep.json, compare.json, variants.json, nightly.json",
    );
  });
});
