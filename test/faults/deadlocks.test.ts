import { describe, expect, it } from "vitest";
import type { FaultEvidence } from "../../src/core/evidence.ts";
import { deadlocks } from "../../src/faults/deadlocks.ts";
import { around, shown } from "./evidence.ts";

const figures = { table: "dms.document", rounds: 6, victims: 5 };
const good = around(shown({ server: { deadlocks: 6 } }), { figures });

function prove(given: Partial<FaultEvidence> = {}) {
  return deadlocks.prove({ ...good, ...given }, { pairs: 2, every: 100, table: "" });
}

describe("the proof of deadlocks", () => {
  it("is that ours were ended by the server, and that it counted deadlocks", () => {
    expect(prove()).toEqual({
      effective: true,
      evidence:
        "in 6 rounds on rows of dms.document our own transactions were ended 5 times (40P01), the sessions' 0 times; the server counted 6",
    });
    // It may end a session in place of one of ours.
    const met = shown({ server: { deadlocks: 6 }, errors: { "40P01": 1 } });
    expect(prove({ fault: met, figures: { ...figures, victims: 0 } }).effective).toBe(true);
  });

  it.each<[string, Partial<FaultEvidence>]>([
    ["none of ours was ended", { figures: { ...figures, victims: 0 } }],
    ["it is not known whether", { figures: {} }],
    [
      "the sessions met each other, and not it",
      { fault: shown({ server: { deadlocks: 6 }, errors: { "40P01": 1 } }), figures: {} },
    ],
    ["the server counted none", { fault: shown({ server: { deadlocks: 0 } }) }],
    ["the server's counts could not be read", { fault: shown() }],
  ])("fails where %s", (_, given) => {
    expect(prove(given).effective).toBe(false);
  });
});
