import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { namedStream } from "../../src/core/random.ts";
import { isOfHost } from "../../src/faults/host.ts";
import { faults } from "../../src/faults/index.ts";
import { fixtureState, killAndRestore, textOf } from "../helpers/kill-rounds.ts";
import { expectCode, Loadgen, tinyFixture } from "../helpers/loadgen.ts";
import type { DatabaseState } from "../helpers/server-state.ts";

let loadgen: Loadgen;
let fixture: DatabaseState;

const killMsMax = 2_500;

beforeAll(async () => {
  loadgen = await Loadgen.fresh();
  expectCode(await loadgen.command("fixtures", "load", ...tinyFixture), 0);
  fixture = await fixtureState(loadgen);
});

afterEach(() => loadgen.killAll());

afterAll(() => loadgen.remove());

/** At least so many moments. */
const momentsMin = 20;

/** Each fault in turn: staying, or come and gone by the time of some kills. */
it.each(faults.map((fault, index) => [fault.name, fault, index] as const))(
  "leaves the server as it was when killed around %s",
  async (_, fault, index) => {
    const window = index % 2 === 0 ? "400ms" : "400ms+900ms";
    await killAndRestore(loadgen, [textOf(fault, window)], { seed: index, killMsMax, fixture });
  },
);

const overlaps = Array.from({ length: Math.max(6, momentsMin - faults.length) }, (_, seed) => seed);

it.each(overlaps)(
  "leaves the server as it was when killed around overlapping faults, %i",
  async (seed) => {
    const random = namedStream(seed, "overlap");
    const others = faults.filter((fault) => !isOfHost(fault));
    const ofHost = faults.filter(isOfHost);
    const chosen = [
      ...random.distinctBelow(others.length, 2).flatMap((index) => others[index] ?? []),
      // One of them at a time.
      ...random.distinctBelow(ofHost.length, 1).flatMap((index) => ofHost[index] ?? []),
    ];
    const texts = chosen.map((fault) => textOf(fault, `${random.between(1, 800)}ms+1s`));
    await killAndRestore(loadgen, texts, { seed: 1_000 + seed, killMsMax, fixture });
  },
);

it("are as many moments as were promised", () => {
  expect(faults.length + overlaps.length).toBeGreaterThanOrEqual(momentsMin);
});
