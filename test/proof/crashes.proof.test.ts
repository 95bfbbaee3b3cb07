import { afterAll, beforeAll, expect, it } from "vitest";
import { crashAndRecover } from "../helpers/crash-rounds.ts";
import { expectCode, Loadgen, tinyFixture } from "../helpers/loadgen.ts";

let loadgen: Loadgen;

beforeAll(async () => {
  loadgen = await Loadgen.fresh();
  expectCode(await loadgen.command("fixtures", "load", ...tinyFixture), 0);
});

afterAll(() => loadgen.remove());

const seeds = [1, 2, 3];
const roundsEach = 10;

it("loses nothing in 30 rounds of crash and recovery under load", async () => {
  expect(seeds.length * roundsEach).toBe(30);
  for (const seed of seeds) await crashAndRecover(loadgen, roundsEach, "--seed", String(seed));
});
