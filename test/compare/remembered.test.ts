import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { rememberedFigures } from "../../src/compare/remembered.ts";
import { figuresOf } from "../../src/run/figures.ts";
import { remember } from "../../src/run/noise-store.ts";
import { type Given, resultWith, storedAs } from "./stored.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "loadgen-remembered-"));
});

afterEach(() => rm(folder, { recursive: true }));

async function ran(key: string, run: string, given: Given) {
  const figures = figuresOf(resultWith(given));
  await remember(folder, key, { at: "2026-11-20T12:00:00.000Z", run, figures });
}

const throughputs = (groups: Awaited<ReturnType<typeof rememberedFigures>>) =>
  groups.map((group) => group.map(({ throughput }) => throughput));

it("equal runs are those of the kinds compared, each kind once and apart", async () => {
  await ran("a", "/a/1", { perSecond: 1 });
  await ran("a", "/a/2", { perSecond: 2 });
  await ran("b", "/b/1", { perSecond: 3 });
  await ran("c", "/c/1", { perSecond: 4 });
  const [one, same, other] = ["a", "a", "b"].map((noiseKey, index) =>
    storedAs(`/new/${index}`, { noiseKey, perSecond: 10 }),
  );
  expect(throughputs(await rememberedFigures(folder, [one!, same!, other!]))).toEqual([
    [1, 2],
    [3],
  ]);
});

it("equal runs are none of those compared, even if their folders were moved", async () => {
  await ran("a", "/a/1", { perSecond: 1 });
  await ran("a", "/a/2", { perSecond: 2 });
  await ran("a", "/a/3", { perSecond: 3 });
  const runs = [
    storedAs("/a/1", { noiseKey: "a", perSecond: 1 }),
    storedAs("/moved", { noiseKey: "a", perSecond: 2 }),
  ];
  expect(throughputs(await rememberedFigures(folder, runs))).toEqual([[3]]);
});

it("a run of many machines, which has no key, has no equal ones", async () => {
  const gathered = storedAs("/a", { noiseKey: null as never });
  expect(await rememberedFigures(folder, [gathered])).toEqual([]);
});

it("a memory that cannot be read is an error that names it", async () => {
  const place = join(folder, "file");
  await writeFile(place, "");
  await expect(rememberedFigures(place, [storedAs("/a", { noiseKey: "a" })])).rejects.toThrow(
    `which are kept in ${join(place, "a.ndjson")}`,
  );
});
