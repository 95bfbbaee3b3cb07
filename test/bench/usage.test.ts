import { describe, expect, it } from "vitest";
import { measuredIn, type Sample, usageBetween } from "../../bench/usage.ts";

function second(atMs: number, achieved: number, phase = "measured"): Sample {
  return { phase, atMs, achieved };
}

const samples = [second(1000, 10), second(2000, 20), second(3000, 30), second(4000, 40)];

describe("the seconds that a run has written", () => {
  it("are those of the measured time, without a line that is still being written", () => {
    const lines = [second(0, 5, "warmup"), second(1000, 10)].map((line) => JSON.stringify(line));
    expect(measuredIn(`${lines.join("\n")}\n{"phase":"meas`)).toEqual([second(1000, 10)]);
  });

  it("are none before the first line is complete", () => {
    expect(measuredIn("")).toEqual([]);
    expect(measuredIn('{"phase":"measured"')).toEqual([]);
  });
});

describe("what loadgen's process used", () => {
  it("leaves out the first and the last second", () => {
    const cpuUsAt = new Map([
      [1, 100],
      [2, 300],
      [3, 700],
      [4, 9000],
    ]);
    expect(usageBetween(samples, cpuUsAt, 4)).toEqual({
      cpuUs: 600,
      seconds: 2,
      transactions: 50,
    });
  });

  it("does without the ends that were not seen in time", () => {
    const cpuUsAt = new Map([
      [2, 300],
      [3, 700],
    ]);
    expect(usageBetween(samples, cpuUsAt, 4)).toEqual({
      cpuUs: 400,
      seconds: 1,
      transactions: 30,
    });
  });

  it.each([
    ["nothing was read", []],
    ["it was read once", [[1, 100]]],
    [
      "it was read again only at the very end",
      [
        [1, 100],
        [4, 900],
      ],
    ],
  ] as const)("is unknown if %s", (_, read) => {
    expect(usageBetween(samples, new Map(read), 4)).toBeNull();
  });
});
