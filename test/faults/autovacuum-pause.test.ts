import { describe, expect, it } from "vitest";
import type { FaultEvidence } from "../../src/core/evidence.ts";
import { autovacuumPause } from "../../src/faults/autovacuum-pause.ts";
import { around, shown } from "./evidence.ts";

const vacuumed = shown({ tables: { autovacuums: 9 } });
const paused = shown({ tables: { deadTuplesAtStart: 1200, deadTuplesAtEnd: 88_000 } });
const good = around(paused, { baseline: vacuumed, recovery: vacuumed });

function prove(given: Partial<FaultEvidence>) {
  return autovacuumPause.prove({ ...good, ...given }, {});
}

describe("the proof of autovacuum-pause", () => {
  it("is vacuums before and after and none in between, while dead rows grew", () => {
    expect(prove({})).toEqual({
      effective: true,
      evidence:
        "0 vacuums in the fault while dead rows grew from 1200 to 88000, " +
        "9 in the baseline, 9 in the recovery",
    });
  });

  it("does without a recovery window, and says so", () => {
    const proof = prove({ recovery: null });
    expect(proof.effective).toBe(true);
    expect(proof.evidence).toContain("no recovery window");
  });

  it("is, without a baseline, that tables are due for a vacuum and none comes", () => {
    const tables = { deadTuplesAtStart: 1200, deadTuplesAtEnd: 88_000, tablesDueAtEnd: 3 };
    const standing = prove({ baseline: null, fault: shown({ tables }), recovery: null });
    expect(standing.effective).toBe(true);
    expect(standing.evidence).toContain("3 tables were due for one at its end, no baseline window");
  });

  it("fails without a baseline where no table was due for a vacuum anyway", () => {
    expect(prove({ baseline: null }).effective).toBe(false);
  });

  it("fails where a vacuum ran in the fault", () => {
    const tables = { autovacuums: 1, deadTuplesAtStart: 1200, deadTuplesAtEnd: 88_000 };
    expect(prove({ fault: shown({ tables }) }).effective).toBe(false);
  });

  it.each([1200, 900])("fails where dead rows went from 1200 to %i", (deadTuplesAtEnd) => {
    const tables = { deadTuplesAtStart: 1200, deadTuplesAtEnd };
    expect(prove({ fault: shown({ tables }) }).effective).toBe(false);
  });

  it.each(["baseline", "recovery"] as const)(
    "fails where no vacuum ran in the %s: then its absence shows nothing",
    (name) => {
      const proof = prove({ [name]: shown() });
      expect(proof.effective).toBe(false);
      expect(proof.evidence).toContain(`0 in the ${name}`);
    },
  );

  it.each(["baseline", "fault", "recovery"] as const)(
    "fails where the statistics of the %s could not be read",
    (name) => {
      expect(prove({ [name]: shown({ tables: null }) }).effective).toBe(false);
    },
  );
});
