/** In a real browser, for what no other reader of HTML finds. It needs no PostgreSQL, but what was built. */
import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pageAssets } from "../../../src/cli/run-page.ts";
import { runPageText, type RunFiles } from "../../../src/report/page/run-page.ts";
import { secondsMax } from "../../../src/report/page/seconds.ts";
import { hasChromium, startChromium, withPage } from "../../helpers/chromium.ts";
import { samplesOf, storedOf } from "./stored.ts";

/** Bytes: what an attachment may have, and what a phone reads at once. */
const pageBytesMax = 1_500_000;

interface Opening {
  readonly width?: number;
  readonly colorScheme?: "light" | "dark";
  readonly stored?: RunFiles;
}

describe.skipIf(!hasChromium)("the page of a run, in a browser", () => {
  let browser: Browser;
  let folder: string;

  beforeAll(async () => {
    browser = await startChromium();
    folder = await mkdtemp(join(await realpath(tmpdir()), "loadgen-page-"));
  });

  afterAll(async () => {
    await browser.close();
    await rm(folder, { recursive: true });
  });

  async function opened(
    { width = 1280, colorScheme = "light", stored = storedOf() }: Opening,
    act: (page: Page, told: readonly string[]) => Promise<void>,
  ): Promise<void> {
    const file = join(folder, "report.html");
    await writeFile(file, runPageText(stored, "reports/one", await pageAssets()));
    await withPage(browser, { file, viewport: { width, height: 800 }, colorScheme }, act);
  }

  const each = [1280, 390, 360].flatMap((width) => [
    { width, colorScheme: "light" as const },
    { width, colorScheme: "dark" as const },
  ]);

  it.each(each)("draws all charts at $width pixels, $colorScheme, without a word", async (at) => {
    await opened(at, async (page, told) => {
      const charts = await page.locator("[data-chart]").all();
      expect(charts).toHaveLength(3);
      for (const chart of charts) {
        expect(await chart.locator("svg path").count()).toBeGreaterThan(10);
      }
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(at.width);
      // The file itself, and nothing else.
      expect(told).toEqual([page.url()]);
    });
  });

  it("draws anew when the reader's scheme changes", async () => {
    await opened({}, async (page) => {
      const title = page.locator('[data-chart="load"] svg text').first();
      const light = await title.getAttribute("fill");
      await page.emulateMedia({ colorScheme: "dark" });
      await expect.poll(() => title.getAttribute("fill")).not.toBe(light);
    });
  });

  it("is reached by the keyboard everywhere, the charts' seconds included", async () => {
    await opened({}, async (page) => {
      const reachable = await page.evaluate(
        `[...document.querySelectorAll("a[href], summary, button, select, [tabindex='0']")]
          .filter((one) => one.checkVisibility()).length`,
      );
      const seen = new Set<unknown>();
      for (let step = 0; step < Number(reachable); step++) {
        await page.keyboard.press("Tab");
        seen.add(
          await page.evaluate(
            "[...document.querySelectorAll('*')].indexOf(document.activeElement)",
          ),
        );
      }
      expect(seen.size).toBe(reachable);
      await page.locator('[data-chart="load"]').focus();
      await page.keyboard.press("End");
      await expect
        .poll(() => page.locator("#said").textContent())
        .toMatch(/^19 to 20 s, offered 120, achieved 100, p50 850 us/);
      await page.locator('[data-chart="spectrum"]').focus();
      await page.keyboard.press("Home");
      await expect
        .poll(() => page.locator("#said").textContent())
        .toMatch(/^p0, from the intended start \S+ \S+, service /);
      await page.keyboard.press("End");
      await expect.poll(() => page.locator("#said").textContent()).toMatch(/^p9/);
    });
  });

  it("names those whose work draws its charts", async () => {
    const text = runPageText(storedOf(), "reports/one", await pageAssets());
    expect(text).toMatch(/Apache License 2\.0: Copyright .* The Apache Software Foundation/);
    expect(text).toMatch(/zrender, BSD 3-Clause License: Copyright .* Baidu/);
  });

  it("has a name for everything that a screen reader stops at", async () => {
    await opened({}, async (page) => {
      const tree = await page.locator("body").ariaSnapshot();
      expect(tree).toContain('heading "FAIL');
      // A group without a name is what its summary says.
      expect(tree).not.toMatch(/- (?:region|table|button|link|combobox)(?::| \[|$)/m);
      expect(tree.match(/- '?group "[^"]/g)).toHaveLength(3);
      const levels = [...tree.matchAll(/\[level=(\d)\]/g)].map(([, level]) => Number(level));
      const jumps = levels.filter((level, index) => level > (levels[index - 1] ?? 0) + 1);
      expect(levels[0]).toBe(1);
      expect(jumps).toEqual([]);
    });
  });

  it("shows what the operation that is chosen took", async () => {
    await opened({}, async (page) => {
      const line = page.locator('[data-chart="spectrum"] svg');
      const together = await line.innerHTML();
      await page.getByLabel("Operation", { exact: true }).selectOption("read|document");
      await expect.poll(() => line.innerHTML()).not.toBe(together);
    });
  });

  it("stays below its size for a run of as many seconds as a page holds", async () => {
    const stored: RunFiles = { ...storedOf(), samples: samplesOf(secondsMax) };
    const text = runPageText(stored, "reports/one", await pageAssets());
    expect(Buffer.byteLength(text)).toBeLessThan(pageBytesMax);
    await opened({ stored }, async (page, told) => {
      expect(await page.locator('[data-chart="load"] svg path').count()).toBeGreaterThan(10);
      expect(told).toEqual([page.url()]);
    });
  });
});
