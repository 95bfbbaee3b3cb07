import { describe, expect, it } from "vitest";
import { rowsAsTheyCome } from "../../../src/engine/k6/script/rows.ts";

describe("rows of which nothing is known but their values", () => {
  it("have their columns by name, in whatever order Go's map gave them", () => {
    const [row] = rowsAsTheyCome([{ b: true, c: "x", a: 1 }]);
    expect(Object.entries(row!)).toEqual([
      ["a", 1],
      ["b", true],
      ["c", "x"],
    ]);
  });
});
