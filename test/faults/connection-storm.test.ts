import { describe, expect, it } from "vitest";
import type { FaultEvidence } from "../../src/core/evidence.ts";
import { connectionStorm } from "../../src/faults/connection-storm.ts";
import { around, shown } from "./evidence.ts";

const stormy = shown({ server: { sessions: 500 } });
const good = around(stormy, { figures: { connected: 502, refused: 3 } });

function prove(given: Partial<FaultEvidence> = {}) {
  return connectionStorm.prove({ ...good, ...given }, { "at-once": 10 });
}

describe("the proof of connection-storm", () => {
  it("is that connections were answered and the server counted their sessions", () => {
    expect(prove()).toEqual({
      effective: true,
      evidence:
        "502 connections came and went, 3 refused; by the server's statistics 500 sessions more than the run's own",
    });
  });

  it("leaves out what the run's sessions connect by themselves, by the rate of the baseline", () => {
    const baseline = shown({ server: { sessions: 400 } });
    const { effective, evidence } = prove({ baseline });
    expect(effective).toBe(true);
    expect(evidence).toContain("100 sessions more");
  });

  it.each<[string, Partial<FaultEvidence>]>([
    ["the sessions rose no more than before it", { baseline: stormy }],
    ["the server counted fewer than came at once", { fault: shown({ server: { sessions: 9 } }) }],
    ["everybody was refused", { figures: { connected: 0, refused: 900 } }],
    ["it is not known who came", { figures: {} }],
    ["the statistics could not be read", { fault: shown() }],
  ])("fails where %s", (_, given) => {
    expect(prove(given).effective).toBe(false);
  });
});
