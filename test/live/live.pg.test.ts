/** `loadgen run --ui`: read by HTTP as browsers do, and in a real browser. */
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { createServer, get, type IncomingMessage } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { networkInterfaces } from "node:os";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { LiveEventName } from "../../src/report/page/live-event.ts";
import { hasChromium, startChromium } from "../helpers/chromium.ts";
import { acquireRunLock } from "../../src/server/run-lock.ts";
import { expectCode, Loadgen, runJsonIn, tinyFixture } from "../helpers/loadgen.ts";
import { until } from "../helpers/postgres.ts";

let loadgen: Loadgen;

beforeAll(async () => {
  loadgen = await Loadgen.prepared();
  expectCode(await loadgen.command("fixtures", "load", ...tinyFixture), 0);
});

afterEach(() => loadgen.killAll());

afterAll(() => loadgen.remove());

const short = ["point-read", "--sessions", "2", ...tinyFixture, "--warmup", "1s"] as const;

/** A run with its page, once that is there. */
async function startLive(...words: readonly string[]) {
  const { started, folder } = loadgen.startRun([...words, "--ui"]);
  await started.printed("live at ");
  const url = /live at (http:\S+)/.exec(started.output())?.[1] ?? "";
  const page = await bodyOf(url);
  const token = /"token":"(\w+)"/.exec(page)?.[1] ?? "";
  return { started, folder, url, page, events: `${url}events?run=${token}` };
}

function asked(url: string, headers: Readonly<Record<string, string>> = {}) {
  return new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { headers, agent: false }, resolve).once("error", reject);
  });
}

async function bodyOf(url: string): Promise<string> {
  let text = "";
  for await (const chunk of (await asked(url)).setEncoding("utf8")) text += String(chunk);
  return text;
}

async function statusOf(url: string, headers: Readonly<Record<string, string>>) {
  const response = await asked(url, headers);
  response.resume();
  return response.statusCode;
}

interface Heard {
  readonly id: number | null;
  readonly name: LiveEventName;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Listens as a browser does, until the server ends it. */
async function listen(url: string, after?: number) {
  const response = await asked(url, after === undefined ? {} : { "Last-Event-ID": String(after) });
  expect(response.headers["content-type"]).toBe("text/event-stream");
  const heard: Heard[] = [];
  let rest = "";
  response.setEncoding("utf8").on("data", (chunk: string) => {
    const blocks = (rest + chunk).split("\n\n");
    rest = blocks.pop() ?? "";
    heard.push(...blocks.flatMap(eventIn));
  });
  const ended = new Promise<void>((resolve) => response.once("end", resolve));
  return { heard, ended, leave: () => response.destroy() };
}

function eventIn(block: string): readonly Heard[] {
  const fields = new Map(
    block.split("\n").map((line) => line.split(/: (.*)/, 2) as [string, string]),
  );
  const [name, data, id] = ["event", "data", "id"].map((field) => fields.get(field));
  if (name === undefined || data === undefined) return [];
  const parsed = JSON.parse(data) as Heard["data"];
  return [{ id: id === undefined ? null : Number(id), name: name as LiveEventName, data: parsed }];
}

function secondsIn(heard: readonly Heard[]): readonly Heard[] {
  return heard.filter(({ name }) => name === "second");
}

describe("a run with its page, by HTTP", () => {
  it("tells all in order, again from where one was, and the report at the end", async () => {
    const { started, folder, url, page, events } = await startLive(...short, "--duration", "4s");
    expect(page).toContain("connect-src &#39;self&#39;");
    const whole = await listen(events);
    await until(() => secondsIn(whole.heard).length >= 2, "two seconds are told");
    const middle = secondsIn(whole.heard)[0]?.id ?? 0;
    const late = await listen(events, middle);
    const gone = await listen(events);
    gone.leave();
    const ended = await started.ended;
    expectCode(ended, 0);
    await Promise.all([whole.ended, late.ended]);
    const ids = whole.heard.flatMap(({ id }) => (id === null ? [] : [id]));
    expect(ids).toEqual(ids.map((_, index) => index + 1));
    const numbered = whole.heard.filter(({ id }) => id !== null && id > middle);
    expect(late.heard).toEqual(numbered);
    expect(whole.heard[0]?.name).toBe("phase");
    // One of warm-up, four measured.
    expect(secondsIn(whole.heard)).toHaveLength(5);
    const last = whole.heard.at(-1);
    expect(last?.name).toBe("report");
    const { verdict } = await runJsonIn(folder);
    expect(String(last?.data.html)).toContain(verdict.reasons[0]);
    await expect(asked(url)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  it("is there for this machine alone, by its own name, and knows no password", async () => {
    const { started, url, page, events } = await startLive(...short, "--duration", "3s");
    const { port } = new URL(url);
    for (const address of [url, events]) {
      expect(await statusOf(address, { host: `evil.example:${port}` })).toBe(403);
    }
    expect(await statusOf(url, { host: `localhost:${port}` })).toBe(200);
    const response = await asked(url, { origin: "http://evil.example" });
    response.resume();
    expect(response.headers).not.toHaveProperty("access-control-allow-origin");
    const others = Object.values(networkInterfaces())
      .flatMap((list) => list ?? [])
      .filter(({ family, internal }) => family === "IPv4" && !internal);
    for (const address of ["127.0.0.2", ...others.map((one) => one.address)]) {
      expect(await isRefused(Number(port), address), address).toBe(true);
    }
    const { heard, ended } = await listen(events);
    await started.ended;
    await ended;
    const password = (await loadgen.server()).clientConfig("test").password as string;
    expect(password.length).toBeGreaterThan(5);
    expect(page).not.toContain(password);
    expect(JSON.stringify(heard)).not.toContain(password);
  });

  it("says what came of a run that is interrupted", async () => {
    const { started, events } = await startLive(...short, "--duration", "60s");
    const { heard, ended } = await listen(events);
    await until(() => secondsIn(heard).length >= 3, "some of it is measured");
    started.signal("SIGINT");
    expectCode(await started.ended, 130);
    await ended;
    expect(heard.at(-1)?.name).toBe("report");
    expect(String(heard.at(-1)?.data.html)).toContain("exit code 130");
  });

  it("says that a run ended before anything was measured", async () => {
    const lock = await acquireRunLock(await loadgen.server(), {
      signal: new AbortController().signal,
      onWaiting: () => undefined,
      comesBack: () => Promise.resolve(false),
    });
    try {
      const { started, folder, events } = await startLive(...short, "--duration", "5s");
      const { heard, ended } = await listen(events);
      await started.printed("waiting for another run");
      started.signal("SIGTERM");
      expectCode(await started.ended, 143);
      await ended;
      expect(heard.at(-1)).toMatchObject({ name: "ended", data: { why: "stopped by SIGTERM" } });
      expect(existsSync(folder)).toBe(false);
    } finally {
      await lock.release();
    }
  });

  it("does not begin where its port is in use, nor with --ui-port alone", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    const before = await readdir(loadgen.folder);
    const ended = await loadgen.run(...short, "--ui", "--ui-port", String(port));
    other.close();
    expectCode(ended, 2);
    expect(ended.stderr).toBe(
      `loadgen: --ui-port: expected a free port on 127.0.0.1: ${port} is in use\n`,
    );
    expect(await readdir(loadgen.folder)).toEqual(before);
    const alone = await loadgen.run(...short, "--ui-port", "80", "--sessions", "0");
    expectCode(alone, 2);
    expect(alone.stderr.trim().split("\n")).toHaveLength(3);
    const sweep = await loadgen.command("sweep", "point-read", "--ui");
    expectCode(sweep, 2);
    expect(sweep.stderr).toContain("--ui");
  });
});

function isRefused(port: number, address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, address);
    socket.once("connect", () => resolve(false)).once("error", () => resolve(true));
    socket.once("close", () => socket.destroy());
  });
}

// Without a Chromium there is nothing to see it with.
describe.skipIf(!hasChromium)("a run with its page, in a browser", () => {
  it("grows while the run goes on, ends though a tab is open, and then has the report", async () => {
    const browser = await startChromium();
    try {
      const { started, folder, url } = await startLive(...short, "--duration", "6s");
      const page = await browser.newPage();
      const told: string[] = [];
      page.on("console", (message) => told.push(message.text()));
      page.on("pageerror", (error) => told.push(error.message));
      await page.goto(url);
      const time = page.locator("#live-time");
      const chart = page.locator('[data-chart="load"] svg');
      await expect.poll(() => time.textContent(), { timeout: 30_000 }).toMatch(/^[12] s of 6 s$/);
      const early = await chart.innerHTML();
      await expect.poll(() => time.textContent(), { timeout: 10_000 }).toMatch(/^[345] s of 6 s$/);
      expect(await chart.innerHTML()).not.toBe(early);
      expect(await page.locator("#said").textContent()).toMatch(/^running: \d s of 6 s$/);
      expectCode(await started.ended, 0);
      const { verdict } = await runJsonIn(folder);
      await expect.poll(() => page.locator("h1 .reason").textContent()).toBe(verdict.reasons[0]);
      expect(await page.locator("[data-chart] svg").count()).toBe(3);
      expect(await page.locator("#said").textContent()).toContain("PASS");
      expect(told).toEqual([]);
    } finally {
      await browser.close();
    }
  });

  it("says so when the connection is lost", async () => {
    const browser = await startChromium();
    try {
      const { started, url } = await startLive(...short, "--duration", "60s");
      const page = await browser.newPage();
      await page.goto(url);
      await expect
        .poll(() => page.locator("#live-time").textContent(), { timeout: 30_000 })
        .toContain("of 60 s");
      started.signal("SIGKILL");
      await started.ended;
      await expect.poll(() => page.locator("h1").textContent()).toContain("CONNECTION LOST");
    } finally {
      await browser.close();
    }
  });
});
