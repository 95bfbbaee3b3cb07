import {
  appendFile,
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Plan } from "../../src/core/plan.ts";
import {
  noiseKey,
  type NoiseEntry,
  recall,
  remember,
  spreadOf,
} from "../../src/run/noise-store.ts";
import type { MachineFingerprint, ServerFingerprint } from "../../src/server/fingerprint.ts";
import { planWith } from "../helpers/plan.ts";

const machine: MachineFingerprint = {
  cpu: "a fast one",
  cores: 2,
  memoryBytes: 1,
  kernel: "Linux",
  node: "20.0.0",
};

const server: ServerFingerprint = {
  version: "18.4",
  versionNumber: 180_004,
  systemIdentifier: "7",
  settings: { jit: "on", work_mem: "4MB" },
  extensions: {},
};

const subject = { plan: planWith(), machine, server };

const key = noiseKey(subject);

function entryOf(perSecond: number): NoiseEntry {
  return {
    at: "2026-11-21T12:00:00.000Z",
    run: `reports/${perSecond}`,
    figures: { throughput: perSecond, p50: 10 },
  };
}

function rates(entries: readonly NoiseEntry[]): number[] {
  return entries.map(({ figures }) => figures.throughput ?? NaN);
}

describe("the key of a run", () => {
  it("is 16 hexadecimal digits, the same for equal runs", () => {
    expect(key).toMatch(/^[0-9a-f]{16}$/);
    expect(noiseKey({ plan: planWith(), machine: { ...machine }, server: { ...server } })).toBe(
      key,
    );
  });

  it("does not depend on the order in which anything is written down", () => {
    const backwards = Object.fromEntries(Object.entries(subject.plan).reverse()) as unknown as Plan;
    const settings = { work_mem: "4MB", jit: "on" };
    const reordered = { server: { ...server, settings }, plan: backwards, machine };
    expect(noiseKey(reordered)).toBe(key);
  });

  it.each<Partial<Plan>>([
    { seed: 1 },
    { keep: true },
    { allowChaosOn: "production" },
    { thresholds: [{ source: "scenario", metric: "latency", expression: "p(95) < 200ms" }] },
  ])("is the same with %o, which does not shape the load", (given) => {
    expect(noiseKey({ ...subject, plan: planWith(given) })).toBe(key);
  });

  it.each<Partial<Plan>>([
    { sessions: 3 },
    { ledger: true },
    { scenario: "concurrent" },
    { options: { locked: false } },
    { thinkMs: [0, 1] },
    { fixture: { documents: 1 } },
    { url: "postgres://elsewhere/x" },
    { faults: [{ text: "x", name: "x", parameters: {}, startMs: null, lengthMs: null }] },
  ])("is another with %o", (given) => {
    expect(noiseKey({ ...subject, plan: planWith(given) })).not.toBe(key);
  });

  it("is another with what a plan may hold one day", () => {
    const plan = { ...subject.plan, workers: 2 };
    expect(noiseKey({ ...subject, plan })).not.toBe(key);
  });

  it("tells orders apart that mean something", () => {
    const keys = [[1, 2] as const, [2, 1] as const].map((thinkMs) =>
      noiseKey({ ...subject, plan: planWith({ thinkMs }) }),
    );
    expect(new Set(keys).size).toBe(2);
  });

  it("is another on another machine or kind of server, but not on an equal cluster", () => {
    const keyOn = (other: Partial<ServerFingerprint>) =>
      noiseKey({ ...subject, server: { ...server, ...other } });
    expect(noiseKey({ ...subject, machine: { ...machine, cores: 4 } })).not.toBe(key);
    expect(keyOn({ version: "18.5" })).not.toBe(key);
    expect(keyOn({ settings: { ...server.settings, jit: "off" } })).not.toBe(key);
    expect(keyOn({ systemIdentifier: "8" })).toBe(key);
  });
});

describe("the noise store", () => {
  let parent: string;
  let folder: string;
  let file: string;

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), "loadgen-noise-"));
    folder = join(parent, "home", "noise");
    file = join(folder, `${key}.ndjson`);
  });

  afterEach(() => rm(parent, { recursive: true }));

  it("knows nothing at first, and makes nothing by being asked", async () => {
    expect(await recall(folder, key)).toEqual({ entries: [], unreadable: 0 });
    expect(await readdir(parent)).toEqual([]);
  });

  it("tells each run of those before it, oldest first", async () => {
    expect(await remember(folder, key, entryOf(64))).toEqual({ entries: [], unreadable: 0 });
    expect(rates((await remember(folder, key, entryOf(86))).entries)).toEqual([64]);
    expect(rates((await remember(folder, key, entryOf(70))).entries)).toEqual([64, 86]);
    expect(await recall(folder, key)).toEqual({
      entries: [entryOf(64), entryOf(86), entryOf(70)],
      unreadable: 0,
    });
    expect((await readFile(file, "utf8")).split("\n")).toHaveLength(4);
  });

  it("keeps runs of another kind apart", async () => {
    await remember(folder, key, entryOf(64));
    expect((await recall(folder, "0123456789abcdef")).entries).toEqual([]);
  });

  it("tells of the last hundred", async () => {
    await mkdir(folder, { recursive: true });
    const lines = Array.from({ length: 120 }, (_, index) => JSON.stringify(entryOf(index + 1)));
    await writeFile(file, `${lines.join("\n")}\n`);
    const { entries } = await remember(folder, key, entryOf(121));
    expect(rates(entries)).toEqual(Array.from({ length: 100 }, (_, index) => index + 21));
  });

  it("loses none of many runs that end at once", async () => {
    const all = Array.from({ length: 50 }, (_, index) => index + 1);
    await Promise.all(all.map((perSecond) => remember(folder, key, entryOf(perSecond))));
    const { entries, unreadable } = await recall(folder, key);
    expect(rates(entries).sort((one, other) => one - other)).toEqual(all);
    expect(unreadable).toBe(0);
  });

  it("skips and counts a line that was cut short, and the next run does not suffer", async () => {
    await remember(folder, key, entryOf(64));
    await appendFile(file, JSON.stringify(entryOf(70)).slice(0, 40));
    const before = await remember(folder, key, entryOf(86));
    expect([rates(before.entries), before.unreadable]).toEqual([[64], 1]);
    const after = await recall(folder, key);
    expect([rates(after.entries), after.unreadable]).toEqual([[64, 86], 1]);
  });

  it.each([
    ["not JSON", "64 tps"],
    ["no object", "[]"],
    ["nothing", "null"],
    ["another kind of object", "{}"],
    ["no time", JSON.stringify({ ...entryOf(1), at: "yesterday" })],
    ["no time at all", JSON.stringify({ ...entryOf(1), at: 1 })],
    ["no run", JSON.stringify({ ...entryOf(1), run: null })],
    ["no figures", JSON.stringify({ ...entryOf(1), figures: null })],
    ["a figure of nothing", JSON.stringify({ ...entryOf(1), figures: { p50: null } })],
    ["a figure as text", JSON.stringify({ ...entryOf(1), figures: { p50: "64" } })],
    ["a figure of 0", JSON.stringify({ ...entryOf(1), figures: { p50: 0 } })],
    [
      "an endless figure",
      JSON.stringify(entryOf(1)).replace('"throughput":1', '"throughput":1e999'),
    ],
  ])("counts a line that is no entry: %s", async (_, line) => {
    await mkdir(folder, { recursive: true });
    await writeFile(file, `${line}\n\n${JSON.stringify(entryOf(64))}\n`);
    expect(await recall(folder, key)).toEqual({ entries: [entryOf(64)], unreadable: 1 });
  });

  it("says which file it could not use, and why", async () => {
    await writeFile(join(parent, "home"), "");
    const said = `cannot compare with equal runs, which are kept in ${file}: ENOTDIR`;
    await expect(remember(folder, key, entryOf(64))).rejects.toThrow(said);
    await expect(recall(folder, key)).rejects.toThrow(said);
  });

  // Root may write everywhere.
  it.skipIf(process.getuid?.() === 0)("is refused where nothing can be written", async () => {
    await mkdir(folder, { recursive: true });
    await chmod(folder, 0o555);
    await expect(remember(folder, key, entryOf(64))).rejects.toThrow(`${file}: EACCES`);
  });

  it("is refused where a folder is in the file's place", async () => {
    await mkdir(file, { recursive: true });
    await expect(remember(folder, key, entryOf(64))).rejects.toThrow(`${file}: EISDIR`);
  });
});

describe("the spread of equal runs", () => {
  it("is where the middle one and both ends are", () => {
    expect(spreadOf([64, 86, 70, 81].map(entryOf))).toEqual({
      count: 4,
      min: 64,
      median: 75.5,
      max: 86,
    });
  });

  it("is nothing without any run", () => {
    expect(spreadOf([])).toBeNull();
  });
});
