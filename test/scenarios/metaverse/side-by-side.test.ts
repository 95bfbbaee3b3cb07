import { expect, it } from "vitest";
import { connectionsFor, partsOf } from "../../../scenarios/metaverse/side-by-side.ts";

it("parts are neighbours, and the first ones have what is left over", () => {
  expect(partsOf([1, 2, 3, 4, 5, 6, 7, 8], 3)).toEqual([
    [1, 2, 3],
    [4, 5, 6],
    [7, 8],
  ]);
  expect(partsOf([1, 2], 3)).toEqual([[1], [2], []]);
});

it("a page is written over several connections if each has 50 objects, and the variant has it so", () => {
  const over = (create: string, page: number) => connectionsFor({ create }, { page, writers: 4 });
  expect(over("copy-binary-parallel", 200)).toBe(4);
  expect(over("copy-binary-parallel", 199)).toBe(1);
  expect(over("copy-binary-one-phase", 200)).toBe(4);
  expect(over("copy-binary", 10_000)).toBe(1);
});
