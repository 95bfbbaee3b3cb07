import { describe, expect, it } from "vitest";
import type { Step } from "../../../src/core/step.ts";
import { namesOf, stepThrough } from "../../helpers/drive.ts";
import { plannedIn, scenarioNamed } from "../worlds.ts";

const crossPartition = scenarioNamed("cross-partition");

describe("cross-partition", () => {
  it("replaces 10 documents a key by 50 aliases of other keys, one call a key", () => {
    const [planned] = plannedIn(crossPartition, { documents: 160, aliases: 500 }, { count: 1 });
    const { steps } = stepThrough(planned!.steps(), (step) =>
      step.kind === "query" && step.statement.name === "lock-documents"
        ? Array.from({ length: 160 }, () => ({ locked: true }))
        : [{ unresolved: 0 }],
    );
    expect(namesOf(steps)).toEqual([
      "begin",
      "lock-documents",
      ...Array.from({ length: 16 }, () => "insert-references"),
      "commit",
    ]);
    for (const step of steps.slice(2, -1)) {
      const [parents, parentKeys, ids, idKeys] = (step as Step & { kind: "query" }).parameters as [
        string[],
        number[],
        string[],
        number[],
      ];
      expect(ids).toHaveLength(500);
      expect(new Set(parents).size).toBe(10);
      expect(new Set(parentKeys).size).toBe(1);
      expect(idKeys).not.toContain(parentKeys[0]);
    }
  });

  it.each([
    [{ documents: 159, aliases: 500 }, "there are 9 and 50"],
    [{ documents: 160, aliases: 52 }, "there are 10 and 4"],
    [{ documents: 0, aliases: 500 }, "dms.Document is empty"],
  ])("refuses a world of %o", (size, message) => {
    expect(() => plannedIn(crossPartition, size, { count: 1 })).toThrow(message);
  });
});
