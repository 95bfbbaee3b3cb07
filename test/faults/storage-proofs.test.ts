/** The proofs of the faults on maintenance and storage, and each way in which they say no. */
import { describe, expect, it } from "vitest";
import type { FaultEvidence, Figures } from "../../src/core/evidence.ts";
import { bloat } from "../../src/faults/bloat.ts";
import { checkpointStorm } from "../../src/faults/checkpoint-storm.ts";
import { slotRetention } from "../../src/faults/slot-retention.ts";
import { tempSpill } from "../../src/faults/temp-spill.ts";
import { walFlood } from "../../src/faults/wal-flood.ts";
import { xminHolder } from "../../src/faults/xmin-holder.ts";
import { around, type Shown, shown } from "./evidence.ts";

const megabyte = 1024 ** 2;

/** In windows of ten seconds. */
function seen(figures: Figures, fault: Shown = {}, baseline: Shown | null = {}): FaultEvidence {
  return around(shown(fault), { baseline: baseline && shown(baseline), figures });
}

describe("the proof of xmin-holder", () => {
  const figures = { xminBefore: "700", ageBefore: 2, xmin: "700", age: 1502, others: 0 };
  const tables = { autovacuums: 3, deadTuplesAtStart: 10, deadTuplesAtEnd: 4_000 };
  const prove = (given: Figures, fault: Shown = { tables }) =>
    xminHolder.prove(seen({ ...figures, ...given }, fault), {});

  it("is a snapshot that stayed while transaction ids went on", () => {
    expect(prove({})).toEqual({
      effective: true,
      evidence:
        "its snapshot stayed at xmin 700 while 1 500 transaction ids passed; " +
        "dead rows went from 10 to 4 000 over 3 vacuums",
    });
    expect(prove({}, { tables: null }).effective).toBe(true);
  });

  it.each([
    ["no transaction id passed", { age: 2 }],
    ["its snapshot is another one", { xmin: "701" }],
    ["its connection is gone", { xmin: "", age: 0 }],
    ["it never had one", { xminBefore: "", xmin: "" }],
    ["others hold as much back", { others: 1 }],
  ])("fails where %s", (_, given) => {
    expect(prove(given).effective).toBe(false);
  });

  it("fails where it could not be asked", () => {
    expect(xminHolder.prove(seen({}), {}).effective).toBe(false);
  });
});

describe("the proof of bloat", () => {
  const figures = { table: "public.t", rows: 5_000, grownBytes: megabyte, spent: 0 };
  const prove = (given: Figures) =>
    bloat.prove(seen({ ...figures, ...given }), { budget: 2 * megabyte, table: "" });

  it("is rows that it updated and a table that grew", () => {
    expect(prove({})).toEqual({
      effective: true,
      evidence: "it made 5 000 dead rows in public.t, which grew by 1 MB",
    });
    expect(prove({ spent: 1 }).evidence).toMatch(/; it stopped at its budget of 2 MB$/);
  });

  it.each([
    ["it updated none", { rows: 0 }],
    ["the table did not grow", { grownBytes: 0 }],
    ["the table became smaller", { grownBytes: -8192 }],
  ])("fails where %s", (_, given) => {
    expect(prove(given).effective).toBe(false);
  });

  it("fails where it could not be asked", () => {
    expect(bloat.prove(seen({}), { budget: megabyte, table: "" }).effective).toBe(false);
  });
});

describe("the proof of checkpoint-storm", () => {
  const storm = { server: { checkpointsRequested: 20, walBytes: 50 * megabyte } };
  const calm = { server: { checkpointsRequested: 1, walBytes: 20 * megabyte } };
  const prove = (figures: Figures, fault: Shown = storm, baseline: Shown | null = calm) =>
    checkpointStorm.prove(seen(figures, fault, baseline), { every: 200 });

  it("is that the server counted several, and more than before", () => {
    expect(prove({ asked: 21, done: 20 })).toEqual({
      effective: true,
      evidence:
        "21 checkpoints by hand; the server counted 20 requests, 20 of them carried out, " +
        "2.0 a second with 5 MB of log (before: 0.1 a second with 2 MB of log)",
    });
  });

  it("does without a count of those carried out, which servers before 18 lack, and a baseline", () => {
    expect(prove({ asked: 21 }, storm, null)).toEqual({
      effective: true,
      evidence:
        "21 checkpoints by hand; the server counted 20 requests, 2.0 a second with 5 MB of log",
    });
  });

  it.each([
    ["it was asked for one alone", { asked: 1, done: 20 }],
    ["one alone was carried out", { asked: 21, done: 1 }],
    ["it could not be asked", {}],
  ])("fails where %s", (_, figures) => {
    expect(prove(figures).effective).toBe(false);
  });

  it("fails where the server counted one alone, or as many before, or none that could be read", () => {
    const figures = { asked: 21, done: 20 };
    expect(prove(figures, calm, null).effective).toBe(false);
    expect(prove(figures, storm, storm).effective).toBe(false);
    expect(prove(figures, { server: null })).toEqual({
      effective: false,
      evidence: "the server's count of checkpoints could not be read",
    });
  });
});

describe("the proof of wal-flood", () => {
  const figures = { emitted: 40 * megabyte, logBytes: 41 * megabyte, ms: 2_000 };
  const usual = { server: { walBytes: 30 * megabyte } };
  const prove = (given: Figures, baseline: Shown | null = usual) =>
    walFlood.prove(seen({ ...figures, ...given }, {}, baseline), {
      budget: 40 * megabyte,
      rate: megabyte,
    });

  it("is a log that grew by at least as much, and faster than before", () => {
    expect(prove({})).toEqual({
      effective: true,
      evidence:
        "it emitted 40 MB in 2.0 s while the log grew by 41 MB, 20.5 MB a second " +
        "(before: 3 MB); it stopped at its budget of 40 MB",
    });
    expect(prove({ emitted: megabyte }, null).evidence).not.toMatch(/before|budget/);
    expect(prove({}, { server: null }).effective).toBe(true);
  });

  it.each([
    ["nothing was emitted", { emitted: 0 }],
    ["the log grew by less", { logBytes: 39 * megabyte }],
    ["it grew as fast before", { ms: 20_000 }],
  ])("fails where %s", (_, given) => {
    expect(prove(given).effective).toBe(false);
  });

  it("fails where it could not be asked", () => {
    const parameters = { budget: megabyte, rate: megabyte };
    expect(walFlood.prove(seen({}), parameters).effective).toBe(false);
  });
});

describe("the proof of temp-spill", () => {
  const figures = { sorts: 5, written: 90 * megabyte };
  const spilled = { server: { tempBytes: 80 * megabyte } };
  const prove = (given: Figures, fault: Shown = spilled, baseline: Shown | null = { server: {} }) =>
    tempSpill.prove(seen(given, fault, baseline), { budget: 90 * megabyte, "at-once": 2 });

  it("is that the server counted bytes in temporary files, and more than before", () => {
    expect(prove(figures)).toEqual({
      effective: true,
      evidence:
        "5 sorts wrote 90 MB; the server counted 80 MB in temporary files " +
        "(before: 0 MB a second, now 8 MB); it stopped at its budget of 90 MB",
    });
    expect(prove({ ...figures, written: 1 }, spilled, null).evidence).not.toMatch(/before|budget/);
  });

  it("fails where it wrote nothing, or could not be asked", () => {
    expect(prove({ sorts: 5, written: 0 }).effective).toBe(false);
    expect(prove({}).effective).toBe(false);
  });

  it("fails where the server counted nothing, or as much before, or could not be read", () => {
    expect(prove(figures, { server: {} }, null).effective).toBe(false);
    expect(prove(figures, spilled, spilled).effective).toBe(false);
    expect(prove(figures, { server: null }).effective).toBe(false);
  });
});

describe("the proof of slot-retention", () => {
  const figures = {
    lsnBefore: "0/1000",
    keptBefore: 0,
    lsn: "0/1000",
    kept: 5 * megabyte,
    status: "reserved",
    spent: 0,
  };
  const prove = (given: Figures) => slotRetention.prove(seen(given), { budget: 4 * megabyte });

  it("is a slot that stayed where it was while it kept more and more", () => {
    expect(prove(figures)).toEqual({
      effective: true,
      evidence: "the slot stayed at 0/1000 while what it keeps went from 0 MB to 5 MB (reserved)",
    });
    expect(prove({ ...figures, spent: 1 }).evidence).toMatch(
      /; it was dropped at its budget of 4 MB$/,
    );
  });

  it.each([
    ["it moved on", { ...figures, lsn: "0/2000" }],
    ["it keeps no more than before", { ...figures, kept: 0 }],
    ["it was gone at the end", { lsnBefore: "0/1000", keptBefore: 0, spent: 0 }],
    ["it could not be asked", {}],
  ])("fails where %s", (_, given) => {
    expect(prove(given).effective).toBe(false);
  });
});
