import { describe, expect, it } from "vitest";
import type { FaultEvidence } from "../../src/core/evidence.ts";
import { cancelQueries } from "../../src/faults/cancel-queries.ts";
import { around, shown } from "./evidence.ts";

const canceled = shown({ errors: { "57014": 5 } });
const good = around(canceled, { baseline: shown(), recovery: shown(), figures: { sent: 7 } });

function prove(given: Partial<FaultEvidence> = {}) {
  return cancelQueries.prove({ ...good, ...given }, { count: 1, every: 200 });
}

describe("the proof of cancel-queries", () => {
  it("is that clients were told so in the fault and not before", () => {
    expect(prove()).toEqual({
      effective: true,
      evidence:
        "7 cancels sent to active sessions, of which clients were told 5 times (57014), 0 in the baseline",
    });
  });

  it("needs no baseline where the fault stands from before the warm-up", () => {
    expect(prove({ baseline: null }).effective).toBe(true);
  });

  it.each<[string, Partial<FaultEvidence>]>([
    ["no session was active", { figures: { sent: 0 } }],
    ["it is not known what was sent", { figures: {} }],
    ["no client was told", { fault: shown({ errors: { "40001": 5 } }) }],
    ["statements were cancelled before it, too", { baseline: canceled }],
  ])("fails where %s", (_, given) => {
    expect(prove(given).effective).toBe(false);
  });
});
