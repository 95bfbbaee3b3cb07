import { describe, expect, it } from "vitest";
import { processStat } from "../../src/core/process-stat.ts";

describe("a line of /proc/<pid>/stat", () => {
  const rest = "S 77 77 77 0 -1 4194560 100 200 0 0 40 2 300 5 20 0 1 0 123";

  it.each([
    ["postgres", `100 (postgres) ${rest}\n`],
    ["a (nasty) name", `100 (a (nasty) name) ${rest}\n`],
  ])("has the times, whatever the name: %s", (name, text) => {
    expect(processStat(text)).toEqual({
      pid: 100,
      name,
      state: "S",
      hasEnded: false,
      parent: 77,
      ownTicks: 42,
      endedChildrenTicks: 305,
      startedTicks: 123,
    });
  });

  it.each([
    "",
    "100 postgres S 77",
    "100 (postgres) S 77 77",
    "100 (postgres) S x",
    `100 (postgres) ${rest.slice(0, -4)}`,
  ])("is none if it is %j", (text) => {
    expect(processStat(text)).toBeNull();
  });

  it.each(["Z", "X"])("tells a process that has ended: %s", (state) => {
    expect(processStat(`100 (postgres) ${rest.replace("S", state)}`)).toMatchObject({
      state,
      hasEnded: true,
    });
  });
});
