import { describe, expect, it } from "vitest";
import { tallyFromJson } from "../../../src/metrics/tally-parts.ts";
import { countOf } from "../../../src/metrics/operation-tally.ts";
import { Notes } from "../../../src/engine/k6/script/notes.ts";
import { aborted, finished, unknown } from "../../metrics/transactions.ts";

/** Notes whose clock stands where it is put. */
function notesAt(slotMs = 250) {
  const clock = { ms: 0 };
  const notes = new Notes(() => clock.ms, slotMs);
  const recorder = notes.recorder("measured");
  const commitAt = (ms: number, latencyUs = 1000) => {
    clock.ms = ms;
    recorder.started();
    recorder.record(finished({ latencyUs }));
  };
  const committed = () =>
    notes.toJson().parts.map((part) => tallyFromJson(part).sum(countOf("committed")));
  return { clock, notes, recorder, commitAt, committed };
}

describe("what a session takes down", () => {
  it("falls into the part in which it ended; a moment that is an edge belongs to what comes after", () => {
    const { notes, commitAt, committed } = notesAt();
    for (const ms of [99.9, 100, 100.1, 199, 200, 500]) commitAt(ms);
    notes.enter([100, 200]);
    expect(committed()).toEqual([1, 3, 2]);
  });

  it("stays where it was entered, whatever edges come later, and has a part for each of them", () => {
    const { notes, commitAt, committed } = notesAt();
    commitAt(50);
    notes.enter([]);
    commitAt(150);
    notes.enter([100]);
    notes.enter([100, 160, 170]);
    commitAt(165);
    notes.enter([100, 160, 170]);
    expect(committed()).toEqual([1, 1, 1, 0]);
  });

  it("keeps no note that was entered: nothing is counted twice", () => {
    const { notes, commitAt, committed } = notesAt();
    for (let round = 0; round < 3; round++) {
      commitAt(round);
      notes.enter([]);
      notes.enter([]);
    }
    expect(committed()).toEqual([3]);
    expect(notes.toJson().slots).toMatchObject([{ slot: 0, committed: 3 }]);
  });

  it("is told in slots, which an edge ends, too", () => {
    const { notes, clock, recorder, commitAt } = notesAt();
    commitAt(10, 1500.4);
    commitAt(20, 1500);
    commitAt(240, 7);
    clock.ms = 600;
    recorder.started();
    recorder.record(
      finished({ outcome: aborted, attempts: 3, failures: ["40001", "40001", "40001"] }),
    );
    recorder.record(finished({ outcome: unknown }));
    notes.enter([100]);
    const none = { started: 0, committed: 0, aborted: 0, unknown: 0, retries: 0, errors: 0 };
    expect(notes.toJson().slots).toEqual([
      { ...none, slot: 0, cuts: 0, started: 2, committed: 2, latencies: [[1500, 2]] },
      { ...none, slot: 0, cuts: 1, started: 1, committed: 1, latencies: [[7, 1]] },
      {
        ...none,
        slot: 2,
        cuts: 1,
        started: 1,
        aborted: 1,
        unknown: 1,
        retries: 2,
        errors: 4,
        latencies: [],
      },
    ]);
  });

  it("is in the progress at once, by phase, and a warm-up is in no part", () => {
    const { notes, commitAt } = notesAt();
    commitAt(10);
    const warmup = notes.recorder("warmup");
    warmup.started();
    warmup.record(finished());
    expect(notes.progress).toMatchObject({
      warmup: { started: 1, committed: 1 },
      measured: { started: 1, committed: 1 },
    });
    notes.enter([]);
    // It empties what it tells.
    const { warmup: before, parts, slots } = notes.toJson();
    const counted = [before, ...parts].map((one) => tallyFromJson(one).sum(countOf("committed")));
    expect(counted).toEqual([1, 1]);
    expect(slots).toHaveLength(1);
  });
});
