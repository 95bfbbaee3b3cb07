import { describe, expect, it } from "vitest";
import type { Figures } from "../../src/core/evidence.ts";
import { lockTable } from "../../src/faults/lock-table.ts";
import { around, shown } from "./evidence.ts";

const good = { table: "dms.document", lock: "granted", blocked: 9, looks: 12 };

function prove(figures: Figures) {
  return lockTable.prove(around(shown(), { figures }), { mode: "exclusive", table: "" });
}

describe("the proof of lock-table", () => {
  it("is that the lock was held to the end, and sessions waited for it", () => {
    expect(prove(good)).toEqual({
      effective: true,
      evidence:
        "right before the release the lock on dms.document (exclusive) was granted; " +
        "9 sessions waited for it at a time, in the fullest of 12 looks",
    });
  });

  it.each<[string, Figures]>([
    ["nobody waited", { ...good, blocked: 0 }],
    ["the lock was gone", { ...good, lock: "gone" }],
    ["the lock was still to be granted", { ...good, lock: "waiting" }],
    ["the server did not say", {}],
  ])("fails where %s", (_, figures) => {
    expect(prove(figures).effective).toBe(false);
  });
});
