import { describe, expect, it } from "vitest";
import { revivedWorld, shareWorld, WorldProblem } from "../../../src/engine/k6/shared-world.ts";

const long = Array.from({ length: 64 }, (_, at) => ({ at, parts: [at, null, "x"] }));
const short = long.slice(0, 63);

/** As it comes out at the other end. */
function there(world: unknown): unknown {
  const { shared, arrays } = shareWorld(world);
  const { outline } = JSON.parse(JSON.stringify(shared)) as typeof shared;
  const told = JSON.parse(JSON.stringify(arrays)) as typeof arrays;
  return revivedWorld(outline, (index) => told[index] ?? []);
}

describe("a world that is shared", () => {
  it.each([
    ["nothing", null],
    ["a number", 17],
    ["an array that is long itself", long],
    ["long and short arrays in objects and arrays", { a: long, b: [short, { c: long, d: "" }] }],
    [
      "objects without a prototype",
      { plain: Object.assign(Object.create(null), { x: true }) as object },
    ],
  ])("is the same world afterwards: %s", (_, world) => {
    expect(there(world)).toEqual(world);
  });

  it("is apart where it is long, and copied where it is short", () => {
    const { shared, arrays } = shareWorld({ one: long, few: short, two: { deep: [long] } });
    expect(arrays).toEqual([long, long]);
    expect(shared).toEqual({
      arrays: 2,
      outline: { one: { loadgenArray: 0 }, few: short, two: { deep: [{ loadgenArray: 1 }] } },
    });
  });

  it.each([
    ["a Map", { by: new Map() }, "a Map at world.by"],
    ["a Date", [new Date(0)], "a Date at world[0]"],
    ["a function", { list: [{ f: () => 1 }] }, "a function at world.list[0].f"],
    ["a bigint", 1n, "a bigint at world"],
    ["what is no finite number", { x: [1, Number.NaN] }, "NaN at world.x[1]"],
    ["an item that is undefined", [1, undefined], "an undefined at world[1]"],
    [
      "one of them in a long array",
      { all: [...long, { x: new Set() }] },
      "a Set at world.all[64].x",
    ],
    ["an undefined there", { all: [...long, undefined] }, "an undefined at world.all[64]"],
  ])("is refused with its place: %s", (_, world, problem) => {
    expect(() => shareWorld(world)).toThrow(WorldProblem);
    expect(() => shareWorld(world)).toThrow(`the scenario's world has ${problem}: expected plain`);
  });
});
