/** The page of a comparison of variants in a real browser. It needs no PostgreSQL, but what was built. */
import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pageAssets } from "../../../src/cli/run-page.ts";
import { variantsPageText } from "../../../src/report/page/variants-page.ts";
import { ran, resultOf } from "../../compare/made-rounds.ts";
import { hasChromium, startChromium, withPage } from "../../helpers/chromium.ts";

const noise = [1, 1.01, 0.99, 1.02];
const result = resultOf({
  current: noise.map((one) => ran(100 * one)),
  "differential+fillfactor-85": noise.map((one) => ran(180 * one, 2 * one)),
  slow: noise.map((one) => ran(60 / one, 60)),
  "<img src=x>": [1, 0.6, 1.4, 0.8].map((one) => ran(100 * one, 0)),
});

describe.skipIf(!hasChromium)("the page of variants, in a browser", () => {
  let browser: Browser;
  let folder: string;

  beforeAll(async () => {
    browser = await startChromium();
    folder = await mkdtemp(join(await realpath(tmpdir()), "loadgen-variants-"));
  });

  afterAll(async () => {
    await browser.close();
    await rm(folder, { recursive: true });
  });

  async function opened(
    width: number,
    colorScheme: "light" | "dark",
    act: (page: Page, told: readonly string[]) => Promise<void>,
  ): Promise<void> {
    const file = join(folder, "report.html");
    const pages = new Set(["runs/001-current"]);
    const text = variantsPageText({ result: result!, pages }, "reports/v", await pageAssets());
    await writeFile(file, text);
    await withPage(browser, { file, viewport: { width, height: 800 }, colorScheme }, act);
  }

  it.each([
    [1280, "light"],
    [1280, "dark"],
    [390, "light"],
    [390, "dark"],
  ] as const)("has a dot a round within its width at %i pixels, %s", async (width, scheme) => {
    await opened(width, scheme, async (page, told) => {
      const figures = await page.locator("#rounds figure").all();
      expect(figures).toHaveLength(result!.figures.length);
      const [throughput] = figures;
      expect(await throughput?.locator("circle").count()).toBe(16);
      expect(await throughput?.locator(".bar").count()).toBe(4);
      const rows = (await throughput?.locator("li").all()) ?? [];
      const classes = await Promise.all(rows.map((row) => row.getAttribute("class")));
      expect(classes).toEqual(["same", "better", "worse", "unclear", "axis"]);
      const headings = page.locator("#figures tr.group th");
      expect(await headings.count()).toBe(result!.figures.length);
      const named = page.locator("#figures tbody tr:not(.group) th");
      expect(await named.count()).toBe(4 * result!.figures.length);
      const starts = [".group", ":not(.group)"].map((row) =>
        page.evaluate(
          `parseFloat(getComputedStyle(document.querySelector("#figures tbody ${row} th")).paddingLeft)`,
        ),
      );
      const [ofHeading, ofVariant] = await Promise.all(starts);
      expect(ofVariant).toBeGreaterThan(Number(ofHeading));
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
      expect(await page.locator("img").count()).toBe(0);
      // The file itself, and nothing else.
      expect(told).toEqual([page.url()]);
      const shots = process.env.SCREENSHOTS;
      if (shots !== undefined) {
        await page.screenshot({ path: join(shots, `${width}-${scheme}.png`), fullPage: true });
      }
    });
  });

  it("has headings in order, and a name for all that is stopped at", async () => {
    await opened(1280, "light", async (page) => {
      const tree = await page.locator("body").ariaSnapshot();
      expect(tree).not.toMatch(/- (?:region|table|button|link|combobox)(?::| \[|$)/m);
      const levels = [...tree.matchAll(/\[level=(\d)\]/g)].map(([, level]) => Number(level));
      expect(levels[0]).toBe(1);
      expect(levels.filter((level, at) => level > (levels[at - 1] ?? 0) + 1)).toEqual([]);
    });
  });
});
