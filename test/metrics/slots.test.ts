import { describe, expect, it } from "vitest";
import { Slots } from "../../src/metrics/slots.ts";
import { aborted, finished, tallyOf } from "./transactions.ts";
import { Recorder } from "../../src/metrics/recorder.ts";

const countsOf = (slots: Slots, startMs = 0, endMs = Number.POSITIVE_INFINITY) =>
  slots
    .between(startMs, endMs)
    .map((slot) => [slot.startMs, slot.endMs, slot.committed.counts.reduce((a, b) => a + b, 0)]);

describe("slots", () => {
  it("are not kept before the first edge of a window", () => {
    const slots = new Slots();
    slots.add(tallyOf([1000]));
    slots.end(250);
    expect(slots.isKeeping).toBe(false);
    expect(countsOf(slots)).toEqual([]);
  });

  it("have what was committed between their ends, each edge ending one", () => {
    const slots = new Slots();
    slots.edge(1000);
    slots.add(tallyOf([1000, 2000]));
    slots.add(tallyOf([3000]));
    slots.end(1250);
    slots.add(tallyOf([1000]));
    slots.edge(1300);
    slots.end(1500);
    expect(countsOf(slots)).toEqual([
      [1000, 1250, 3],
      [1250, 1300, 1],
      [1300, 1500, 0],
    ]);
    expect(countsOf(slots, 1250, 1400)).toEqual([[1250, 1300, 1]]);
  });

  it("have nothing of what failed", () => {
    const recorder = new Recorder();
    recorder.record(finished({ outcome: aborted }));
    const slots = new Slots();
    slots.edge(0);
    slots.add(recorder.take());
    slots.end(250);
    expect(countsOf(slots)).toEqual([[0, 250, 0]]);
  });

  it("never have a length of nothing", () => {
    const slots = new Slots();
    slots.edge(1000);
    slots.end(1000);
    slots.edge(1000);
    slots.end(990);
    expect(countsOf(slots)).toEqual([]);
  });

  it("are kept for ten minutes after the last edge, and again from the next", () => {
    const slots = new Slots();
    slots.edge(0);
    slots.end(599_900);
    expect(slots.isKeeping).toBe(true);
    slots.end(600_100);
    expect(slots.isKeeping).toBe(false);
    slots.end(700_000);
    slots.edge(800_000);
    slots.end(800_250);
    expect(countsOf(slots).map(([startMs]) => startMs)).toEqual([0, 599_900, 800_000]);
  });
});
