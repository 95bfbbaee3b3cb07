import { describe, expect, it } from "vitest";
import { jobsOf } from "../../src/compare/rounds.ts";
import { planWith } from "../helpers/plan.ts";

/** The sides of each round, in the order in which they run. */
function orders(count: number, rounds: number, seed: number): readonly (readonly string[])[] {
  const names = Array.from({ length: count }, (_, index) => `v${index}`);
  const plan = planWith({ seed });
  const sides = Object.fromEntries(names.map((name) => [name, { name, plan }]));
  const jobs = jobsOf({ sides, rounds });
  return Array.from({ length: rounds }, (_, index) =>
    jobs.filter(({ round }) => round === index + 1).map(({ side }) => side),
  );
}

const seeds = [1, 2, 3, 4, 5];

describe.each([2, 3, 4, 5, 7, 12])("the rounds of %d sides", (count) => {
  it.each(seeds)("have each once in each, and in so many once at each place: seed %d", (seed) => {
    const all = orders(count, 2 * count, seed);
    for (const block of [all.slice(0, count), all.slice(count)]) {
      for (const order of block) expect(new Set(order).size).toBe(count);
      for (let place = 0; place < count; place++) {
        expect(new Set(block.map((order) => order[place])).size).toBe(count);
      }
    }
  });

  it.each(seeds)("have each as often right after each other one: seed %d", (seed) => {
    const pairs = orders(count, 2 * count, seed).flatMap((order) =>
      order.slice(1).map((side, place) => `${order[place]} ${side}`),
    );
    const counts = new Map<string, number>();
    for (const pair of pairs) counts.set(pair, (counts.get(pair) ?? 0) + 1);
    expect(counts.size).toBe(count * (count - 1));
    expect(new Set(counts.values())).toEqual(new Set([2]));
  });

  it("are drawn from the seed", () => {
    const drawn = (seed: number) => orders(count, 8, seed).join("; ");
    expect(drawn(1)).toBe(drawn(1));
    expect(new Set([...seeds, 6, 7, 8].map(drawn)).size).toBeGreaterThan(1);
  });
});

it("a last round too many for the square is one of all sides", () => {
  expect(orders(4, 5, 1).map((order) => order.length)).toEqual([4, 4, 4, 4, 4]);
});
