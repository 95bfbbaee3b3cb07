/** The browser that pages are tested in: Debian's chromium, or whatever CHROMIUM names. */
import { existsSync } from "node:fs";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

const program = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** Where this is false, tests in a browser are left out. */
export const hasChromium = existsSync(program);

/** Once before all tests. */
export function tellOfChromium(): void {
  if (hasChromium) return;
  console.warn(`left out: tests in a browser: no ${program} (CHROMIUM may name another one)`);
}

export async function startChromium(): Promise<Browser> {
  // In a container, and as root, it has no sandbox of its own; it only sees our own files.
  return chromium.launch({ executablePath: program, args: ["--no-sandbox"] });
}

/** `told`: all that the page says to the console, fails at, or asks for, itself included. */
export async function withPage(
  browser: Browser,
  { file, ...options }: BrowserContextOptions & { readonly file: string },
  act: (page: Page, told: readonly string[]) => Promise<void>,
): Promise<void> {
  const page = await browser.newPage(options);
  const told: string[] = [];
  page.on("console", (message) => told.push(message.text()));
  page.on("pageerror", (error) => told.push(error.message));
  page.on("request", (request) => told.push(request.url()));
  try {
    await page.goto(`file://${file}`);
    await act(page, told);
  } finally {
    await page.close();
  }
}
