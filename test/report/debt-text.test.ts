import { describe, expect, it } from "vitest";
import { debtText } from "../../src/report/debt-text.ts";
import type { DebtCourse } from "../../src/run/faults/debt-course.ts";

const repaid: DebtCourse = {
  unit: "dead rows",
  before: 19_891,
  atRelease: 56_775,
  left: 20_004,
  repaidAfterMs: 12_300,
  watchedMs: 12_400,
  isKnown: true,
  cost: { autovacuums: 16, walBytes: 34 * 1024 ** 2, checkpointsRequested: 0 },
};

describe("the sentence on a debt", () => {
  it("says how much there was, when it was repaid, and what the server did meanwhile", () => {
    expect(debtText(repaid)).toBe(
      "left 56 775 dead rows (19 891 before), repaid after 12.3 s; " +
        "the server's work meanwhile: 16 autovacuums, 34 MB of WAL.",
    );
  });

  it("says how much is left where the run ended first", () => {
    expect(debtText({ ...repaid, left: 40_000, repaidAfterMs: null, watchedMs: 8_000 })).toBe(
      "left 56 775 dead rows (19 891 before), not repaid within the 8 s that the run went on: " +
        "40 000 left; the server's work meanwhile: 16 autovacuums, 34 MB of WAL.",
    );
  });

  it("has bytes with a fitting unit, and checkpoints where there were some", () => {
    const cost = { autovacuums: 0, walBytes: 1024, checkpointsRequested: 1 };
    const files = {
      ...repaid,
      unit: "bytes of log files",
      before: 2 ** 29,
      atRelease: 2 ** 30,
      cost,
    };
    expect(debtText(files)).toBe(
      "left 1 GB of log files (512 MB before), repaid after 12.3 s; " +
        "the server's work meanwhile: 0 autovacuums, 1 KB of WAL, 1 requested checkpoint.",
    );
  });

  it("says nothing of a cost that could not be read", () => {
    const cost = { autovacuums: null, walBytes: null, checkpointsRequested: null };
    expect(debtText({ ...repaid, cost })).toBe(
      "left 56 775 dead rows (19 891 before), repaid after 12.3 s.",
    );
  });

  it("says so where there was nothing to repay", () => {
    expect(debtText({ ...repaid, atRelease: 19_900, repaidAfterMs: 0 })).toBe(
      "left nothing to repay: 19 900 dead rows (19 891 before).",
    );
  });

  it("does not take figures for an answer that were too old when the run ended", () => {
    const early = { ...repaid, repaidAfterMs: null, watchedMs: 40, isKnown: false };
    expect(debtText(early)).toBe(
      "the run ended 40 ms later, too early to tell what is to be repaid.",
    );
  });
});
