/**
 * `loadgen run --variants`, as its users run it: an unchanged document's references are written again
 * by one variant and left alone by the other, which WAL and dead rows tell whatever the machine does.
 */
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { VariantsResult } from "../../src/compare/variants-result.ts";
import { startChromium, hasChromium, withPage } from "../helpers/chromium.ts";
import { expectCode, Loadgen, runJsonIn, fewPartitions } from "../helpers/loadgen.ts";

const short = ["single-document", ...fewPartitions, "--think", "0", "--warmup", "0"];

let loadgen: Loadgen;

beforeAll(async () => {
  loadgen = await Loadgen.prepared();
});

afterEach(() => loadgen.killAll());

afterAll(() => loadgen.remove());

describe("loadgen run --variants", () => {
  it("measures each in every round, and tells what an unchanged document costs", async () => {
    const run = await loadgen.run(
      ...[...short, "--transactions", "60", "--variants", "current,differential", "--rounds", "4"],
      "--json",
    );
    expectCode(run, 0);
    expect(run.stderr).toContain("compares    differential with the first, current");
    expect(run.stderr.match(/ {2}run \d of 8: (current|differential): /g)).toHaveLength(8);
    const result = JSON.parse(run.stdout) as VariantsResult;
    const stored = await readFile(join(run.folder, "variants.json"), "utf8");
    expect(JSON.parse(stored)).toEqual(result);
    expect(result).toMatchObject({
      schema: "loadgen.variants/1",
      verdict: { exitCode: 0 },
      rounds: { planned: 4, complete: 4 },
      variants: [
        { name: "current", differs: [] },
        { name: "differential", differs: expect.arrayContaining([expect.any(String)]) as string[] },
      ],
    });
    const figure = (name: string) => result.figures.find((one) => one.name === name)?.variants;
    const [before, after] = figure("dead rows per transaction") ?? [];
    expect(before?.mean).toBeGreaterThan(5);
    expect(after).toMatchObject({ verdict: "better" });
    expect(after?.mean).toBeLessThan(1);
    for (const name of ["WAL per transaction", "WAL records per transaction"]) {
      expect(figure(name)?.[1], name).toMatchObject({ verdict: "better" });
    }
    expect(figure("whole pages in WAL per transaction")?.[0]?.mean).toBeGreaterThan(0);

    expect(await readdir(join(run.folder, "runs"))).toHaveLength(8);
    for (const { name, folders } of result.variants) {
      const { plan } = await runJsonIn(join(run.folder, folders[3] ?? ""));
      expect(plan.variant).toBe(name);
    }
    expect(await readFile(join(run.folder, "summary.md"), "utf8")).toMatch(
      /^# PASS: throughput against current: differential .*\n[^]*## Every interval/,
    );
    expect(await loadgen.databases("loadgen_run_")).toEqual([]);
    await expectPage(run.folder);
  });

  it("stops in the middle, keeps what there is, and says so", async () => {
    const { started, folder } = loadgen.startRun([
      ...[...short, "--transactions", "30", "--variants", "current,differential"],
    ]);
    await started.printed("run 3 of 10");
    started.signal("SIGINT");
    const ended = await started.ended;
    expectCode(ended, 130);
    const result = JSON.parse(
      await readFile(join(folder, "variants.json"), "utf8"),
    ) as VariantsResult;
    expect(result.rounds.complete).toBeLessThan(5);
    const { variants } = result.figures[0]!;
    expect(variants[1]).toMatchObject({
      verdict: "unclear",
      why: expect.stringMatching(/^too few rounds/) as string,
    });
    expect(await loadgen.databases("loadgen_run_")).toEqual([]);
  });

  it("refuses what makes no sense, with all problems, and leaves no folder", async () => {
    const run = await loadgen.run(
      ...["single-document", "--variants", "current", "--keep", "--rounds", "x"],
    );
    expectCode(run, 2);
    expect(run.stderr.match(/^loadgen: --/gm)).toHaveLength(3);
    expect(existsSync(run.folder)).toBe(false);
  });
});

/** Written again by `loadgen report`, with links that lead somewhere. */
async function expectPage(folder: string): Promise<void> {
  const again = await loadgen.command("report", folder);
  expectCode(again, 0);
  if (!hasChromium) return;
  const browser = await startChromium();
  try {
    await withPage(browser, { file: join(folder, "report.html") }, async (page, told) => {
      const links = await page.locator("#runs a").all();
      const hrefs = await Promise.all(links.map((link) => link.getAttribute("href")));
      expect(hrefs).toHaveLength(8);
      for (const href of hrefs) {
        expect(existsSync(join(folder, decodeURIComponent(href ?? "")))).toBe(true);
      }
      expect(told).toEqual([page.url()]);
    });
  } finally {
    await browser.close();
  }
}
