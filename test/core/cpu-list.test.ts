import { describe, expect, it } from "vitest";
import { coresInList } from "../../src/core/cpu-list.ts";

describe("a list of cores", () => {
  it.each([
    ["0", [0]],
    ["0-3", [0, 1, 2, 3]],
    ["0-1,8,10-11", [0, 1, 8, 10, 11]],
    ["3,0-1,1", [0, 1, 3]],
    ["", []],
  ])("%s has each of them once, lowest first", (list, cores) => {
    expect(coresInList(list)).toEqual(cores);
  });
});
