import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Night } from "../../src/nightly/result.ts";
import { expectCode, Loadgen } from "../helpers/loadgen.ts";

let loadgen: Loadgen;

beforeAll(async () => {
  loadgen = await Loadgen.fresh();
});

afterAll(() => loadgen.remove());

it("passes the suite that ships with loadgen, within 15 minutes, data to load included", async () => {
  const folder = join(loadgen.folder, "night");
  expectCode(await loadgen.command("nightly", "--out", folder), 0);
  const night = JSON.parse(await readFile(join(folder, "nightly.json"), "utf8")) as Night;
  expect(night.runs.length).toBeGreaterThanOrEqual(10);
  for (const { verdict } of night.runs) expect(verdict).toMatchObject({ exitCode: 0 });
  expect(night.lengthMs).toBeLessThan(15 * 60_000);
});
