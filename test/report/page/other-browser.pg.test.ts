/** The pages of a sweep, a comparison and a night in a real browser. It needs no PostgreSQL, but what was built. */
import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pageAssets } from "../../../src/cli/run-page.ts";
import { comparePageText } from "../../../src/report/page/compare-page.ts";
import { nightPageText } from "../../../src/report/page/night-page.ts";
import type { PageAssets } from "../../../src/report/page/shell.ts";
import { sweepPageText } from "../../../src/report/page/sweep-page.ts";
import { hasChromium, startChromium, withPage } from "../../helpers/chromium.ts";
import { storedComparison, storedNight, storedSweep } from "./stored-others.ts";

const pages: Readonly<Record<string, (assets: PageAssets) => string>> = {
  sweep: (assets) => sweepPageText(storedSweep, "reports/sweep", assets),
  comparison: (assets) => comparePageText(storedComparison(), assets),
  night: (assets) => nightPageText(storedNight, assets),
};

const pageBytesMax = 1_500_000;

describe.skipIf(!hasChromium)("other pages, in a browser", () => {
  let browser: Browser;
  let folder: string;

  beforeAll(async () => {
    browser = await startChromium();
    folder = await mkdtemp(join(await realpath(tmpdir()), "loadgen-pages-"));
  });

  afterAll(async () => {
    await browser.close();
    await rm(folder, { recursive: true });
  });

  interface At {
    readonly name: string;
    readonly width: number;
    readonly colorScheme: "light" | "dark";
  }

  async function opened(
    { name, width, colorScheme }: At,
    act: (page: Page, told: readonly string[]) => Promise<void>,
  ): Promise<void> {
    const file = join(folder, `${name}.html`);
    const text = pages[name]?.(await pageAssets()) ?? "";
    expect(Buffer.byteLength(text)).toBeLessThan(pageBytesMax);
    await writeFile(file, text);
    await withPage(browser, { file, viewport: { width, height: 800 }, colorScheme }, act);
  }

  const wide = { width: 1280, colorScheme: "light" } as const;

  const each = Object.keys(pages).flatMap((name) =>
    [1280, 390].flatMap((width) => [
      { name, width, colorScheme: "light" as const },
      { name, width, colorScheme: "dark" as const },
    ]),
  );

  it.each(each)("draws the $name at $width pixels, $colorScheme, without a word", async (at) => {
    await opened(at, async (page, told) => {
      const charts = await page.locator("[data-chart]:visible").all();
      expect(charts.length).toBeGreaterThan(1);
      for (const chart of charts) {
        expect(await chart.locator("svg path").count()).toBeGreaterThan(5);
      }
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(at.width);
      // The file itself, and nothing else.
      expect(told).toEqual([page.url()]);
    });
  });

  it.each(Object.keys(pages))("has a name for all that is stopped at: %s", async (name) => {
    await opened({ ...wide, name }, async (page) => {
      const tree = await page.locator("body").ariaSnapshot();
      expect(tree).not.toMatch(/- (?:region|table|button|link|combobox)(?::| \[|$)/m);
      const levels = [...tree.matchAll(/\[level=(\d)\]/g)].map(([, level]) => Number(level));
      expect(levels[0]).toBe(1);
      expect(levels.filter((level, at) => level > (levels[at - 1] ?? 0) + 1)).toEqual([]);
    });
  });

  it.each([
    { name: "sweep", chart: "throughput", said: /^100 sessions, mean 48\/s/ },
    { name: "comparison", chart: "density-0", said: /, baseline \S+ %, candidate \S+ %$/ },
    { name: "night", chart: "history-0", said: /^2026-02-04, tonight, throughput 70\/s/ },
  ])("tells the points of the $name to the keyboard", async ({ name, chart, said }) => {
    await opened({ ...wide, name }, async (page) => {
      await page.locator(`[data-chart="${chart}"]`).focus();
      await page.keyboard.press("End");
      await expect.poll(() => page.locator("#said").textContent()).toMatch(said);
      await expect.poll(() => page.locator(`[data-chart="${chart}"] .tip`).count()).toBe(1);
    });
  });

  it("draws an operation's distributions once they are unfolded", async () => {
    await opened({ ...wide, name: "comparison" }, async (page, told) => {
      const chart = page.locator('[data-chart="density-1"]');
      expect(await chart.locator("svg").count()).toBe(0);
      await page.locator("summary", { hasText: /^replace-references$/ }).click();
      await expect.poll(() => chart.locator("svg path").count()).toBeGreaterThan(5);
      expect(told).toEqual([page.url()]);
    });
  });

  it("draws anew when the reader's scheme changes", async () => {
    await opened({ ...wide, name: "sweep" }, async (page) => {
      const text = page.locator('[data-chart="throughput"] svg text').first();
      const light = await text.getAttribute("fill");
      await page.emulateMedia({ colorScheme: "dark" });
      await expect.poll(() => text.getAttribute("fill")).not.toBe(light);
    });
  });
});
