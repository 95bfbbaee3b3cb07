import { describe, expect, it } from "vitest";
import type { Figures } from "../../src/core/evidence.ts";
import { ddlQueue } from "../../src/faults/ddl-queue.ts";
import { around, shown } from "./evidence.ts";

const good = {
  table: "dms.document",
  reader: "granted",
  waiter: "waiting",
  blocked: 9,
  looks: 12,
};

function prove(figures: Figures) {
  return ddlQueue.prove(around(shown(), { figures }), { table: "" });
}

describe("the proof of ddl-queue", () => {
  it("is that one waited behind the reader to the end, and sessions waited for that one", () => {
    expect(prove(good)).toEqual({
      effective: true,
      evidence:
        "right before the release the reader's lock on dms.document was granted, that behind it waiting; " +
        "9 sessions waited for it at a time, in the fullest of 12 looks",
    });
  });

  it.each<[string, Figures]>([
    ["nobody came to stand in the queue", { ...good, blocked: 0 }],
    ["the reader was gone", { ...good, reader: "gone" }],
    ["the one behind it was gone", { ...good, waiter: "gone" }],
    ["the one behind it had its lock", { ...good, waiter: "granted" }],
    ["the server did not say", {}],
  ])("fails where %s", (_, figures) => {
    expect(prove(figures).effective).toBe(false);
  });
});
