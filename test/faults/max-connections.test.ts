import { describe, expect, it } from "vitest";
import type { Figures } from "../../src/core/evidence.ts";
import { maxConnections } from "../../src/faults/max-connections.ts";
import { around, shown } from "./evidence.ts";

const good = { max: 1020, full: 1020, held: 1003, leaving: 1017, ours: 1003 };

function prove(figures: Figures) {
  return maxConnections.prove(around(shown(), { figures }), { free: 3 });
}

describe("the proof of max-connections", () => {
  it("is that the server refused one more and was still as full at the end", () => {
    expect(prove(good)).toEqual({
      effective: true,
      evidence:
        "the server refused one more (53300) when it had 1 020 client backends (max_connections 1020); " +
        "right before the release it had 1 017, 1 003 of our 1 003 among them",
    });
  });

  it.each<[string, Figures]>([
    ["the server had emptied by then", { ...good, leaving: 1016 }],
    ["some of ours were ended, though others came", { ...good, ours: 1002 }],
    ["the server was full without it", { ...good, held: 0, ours: 0 }],
    ["the backends could not be counted", {}],
  ])("fails where %s", (_, figures) => {
    expect(prove(figures).effective).toBe(false);
  });
});
