import { describe, expect, it } from "vitest";
import { courseOf, secondsMax } from "../../../src/report/page/seconds.ts";
import { sampleAt, samplesOf } from "./stored.ts";

describe("the seconds of a page", () => {
  it("are rates of the time that each sample is of", () => {
    const short = { ...sampleAt(2), atMs: 1500, achieved: 50 };
    const [, second] = courseOf([sampleAt(1), short], 0).seconds;
    expect(second).toMatchObject({ startMs: 1000, endMs: 1500, achieved: 100 });
  });

  it.each([
    ["without a warm-up", 0, 400, 0],
    ["with a shorter warm-up than a second", 300, 0, -300],
    ["with a longer one", 5000, -4000, -5000],
  ])("begin where the run did %s", (_, warmupMs, atMs, startMs) => {
    const [first] = courseOf([{ ...sampleAt(1), atMs, achieved: 60 }], warmupMs).seconds;
    expect(first).toMatchObject({ startMs, achieved: (60 * 1000) / (atMs - startMs) });
  });

  it("are as many as there are samples while the page has room", () => {
    expect(courseOf(samplesOf(secondsMax), 5000).seconds).toHaveLength(secondsMax);
  });

  it("are told together beyond that: rates on the average, latencies at their worst", () => {
    const samples = samplesOf(secondsMax + 1).map((sample, index) => ({
      ...sample,
      achieved: index,
      latencyUs: { ...sample.latencyUs, p50: index },
    }));
    const { seconds } = courseOf(samples, 5000);
    expect(seconds).toHaveLength(secondsMax / 2 + 1);
    expect(seconds[1]).toMatchObject({ startMs: -3000, endMs: -1000, achieved: 2.5, p50Us: 3 });
    expect(seconds.at(-1)?.endMs).toBe(samples.at(-1)?.atMs);
  });

  it("tell of many waits the most frequent by name, and the others together", () => {
    const waits = Array.from({ length: 10 }, (_, index) => ({
      type: "Lock",
      event: `event-${index}`,
      count: 10 - index,
    }));
    const { waitNames, seconds } = courseOf([{ ...sampleAt(1), waits }], 0);
    expect(waitNames[0]).toBe("Lock:event-0");
    expect(waitNames.at(-1)).toBe("3 others");
    expect(seconds[0]?.waits).toEqual([10, 9, 8, 7, 6, 5, 4, 6]);
  });
});
