import { describe, expect, it } from "vitest";
import type { Figures } from "../../src/core/evidence.ts";
import { lockRows } from "../../src/faults/lock-rows.ts";
import { around, shown } from "./evidence.ts";

const good = { table: "dms.document", locked: 10, held: "held", blocked: 9, looks: 12 };

function prove(figures: Figures) {
  return lockRows.prove(around(shown(), { figures }), { rows: 10, table: "" });
}

describe("the proof of lock-rows", () => {
  it("is that the locks were held to the end, and sessions waited for them", () => {
    expect(prove(good)).toEqual({
      effective: true,
      evidence:
        "right before the release the locks on 10 rows of dms.document were held; " +
        "9 sessions waited for it at a time, in the fullest of 12 looks",
    });
  });

  it.each<[string, Figures]>([
    ["nobody wanted the rows", { ...good, blocked: 0 }],
    ["no row was locked", { ...good, locked: 0 }],
    ["the locks were gone", { ...good, held: "gone" }],
    ["the server did not say", {}],
  ])("fails where %s", (_, figures) => {
    expect(prove(figures).effective).toBe(false);
  });
});
