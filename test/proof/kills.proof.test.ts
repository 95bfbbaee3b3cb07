import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { namedStream } from "../../src/core/random.ts";
import { isOfHost } from "../../src/faults/host.ts";
import { faults } from "../../src/faults/index.ts";
import {
  aroundUndo,
  fixtureState,
  inForce,
  type Killing,
  killAndRestore,
  textOf,
  type Traces,
} from "../helpers/kill-rounds.ts";
import { expectCode, Loadgen, tinyFixture } from "../helpers/loadgen.ts";
import type { DatabaseState } from "../helpers/server-state.ts";

let loadgen: Loadgen;
let fixture: DatabaseState;
const seen: Record<"staying" | "ending" | "overlapping", Traces[]> = {
  staying: [],
  ending: [],
  overlapping: [],
};

beforeAll(async () => {
  loadgen = await Loadgen.fresh();
  expectCode(await loadgen.command("fixtures", "load", ...tinyFixture), 0);
  fixture = await fixtureState(loadgen);
});

afterEach(() => loadgen.killAll());

afterAll(() => loadgen.remove());

it.each(faults.map((fault, seed) => [fault.name, fault, seed] as const))(
  "leaves the server as it was when killed in the middle of %s",
  async (_, fault, seed) => {
    seen.staying.push(await killAndRestore(loadgen, inForce(fault, seed), fixture));
  },
);

const undone = faults.filter(({ undo }) => undo !== undefined);
const ending = [1, 2, 3, 4].flatMap((round) =>
  undone.map((fault, index) => [fault.name, fault, 100 * round + index] as const),
);

it.each(ending)(
  "leaves the server as it was when killed around the undo of %s",
  async (_, fault, seed) => {
    seen.ending.push(await killAndRestore(loadgen, aroundUndo(fault, seed), fixture));
  },
);

const overlaps = Array.from({ length: 12 }, (_, seed) => seed);

it.each(overlaps)(
  "leaves the server as it was when killed around overlapping faults, %i",
  async (seed) => {
    seen.overlapping.push(await killAndRestore(loadgen, overlapping(seed), fixture));
  },
);

/** Two that stop nothing, one of them with an undo, and one of the host: they come in any order. */
function overlapping(seed: number): Killing {
  const random = namedStream(seed, "overlap");
  const others = faults.filter((fault) => !isOfHost(fault));
  const chosen = [
    random.pick(others.filter(({ undo }) => undo !== undefined)),
    random.pick(others.filter(({ undo }) => undo === undefined)),
    random.pick(faults.filter(isOfHost)),
  ];
  const texts = chosen.map((fault) => textOf(fault, `${random.between(1, 800)}ms+1s`));
  const delayMs = random.below(1_200);
  return { faults: chosen, texts, awaited: random.pick(texts), delayMs, stay: false };
}

it("saw what the killed runs had left", () => {
  const withEntry = (rounds: readonly Traces[]) =>
    rounds.filter(({ journalled }) => journalled.length > 0).length;
  const withOwn = seen.staying.filter(({ backends }) => backends.includes("loadgen/fault")).length;
  const rounds = Object.values(seen).flat().length;
  console.log(
    `${rounds} kills. In the middle of a fault: ${seen.staying.length}, ` +
      `with a journal entry ${withEntry(seen.staying)}, with connections of the fault's own ${withOwn}. ` +
      `Around an undo: ${seen.ending.length}, with an entry ${withEntry(seen.ending)}. ` +
      `Around overlapping faults: ${seen.overlapping.length}, with an entry ${withEntry(seen.overlapping)}.`,
  );
  expect(rounds).toBe(faults.length + ending.length + overlaps.length);
  expect(withEntry(seen.staying)).toBe(undone.length);
  expect(withOwn).toBeGreaterThanOrEqual(8);
  expect(withEntry(seen.ending)).toBeGreaterThanOrEqual(ending.length / 2);
  expect(withEntry(seen.overlapping)).toBeGreaterThanOrEqual(overlaps.length / 2);
});
