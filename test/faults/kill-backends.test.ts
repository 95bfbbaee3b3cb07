import { describe, expect, it } from "vitest";
import { killBackends } from "../../src/faults/kill-backends.ts";
import { around, shown } from "./evidence.ts";

function prove(figures: Readonly<Record<string, number>>) {
  const fault = shown({ server: { sessionsKilled: 3 } });
  return killBackends.prove(around(fault, { figures }), { count: 2, every: 1000 });
}

describe("the proof of kill-backends", () => {
  it("is that backends are gone which the server was asked to end", () => {
    expect(prove({ asked: 4, gone: 3 })).toEqual({
      effective: true,
      evidence: "the server ended 3 sessions of 4 that it was asked to end (3 by its statistics)",
    });
  });

  it.each<[string, Readonly<Record<string, number>>]>([
    ["there was no session to end", { asked: 0, gone: 0 }],
    ["none was gone in time", { asked: 4, gone: 0 }],
    ["it could not be asked", {}],
  ])("fails where %s", (_, figures) => {
    expect(prove(figures).effective).toBe(false);
  });
});
