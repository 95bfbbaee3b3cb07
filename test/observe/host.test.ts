import { describe, expect, it } from "vitest";
import { coreTicks, hostFigure, type HostReading, readHost } from "../../src/observe/host.ts";

const start: HostReading = {
  atMs: 1_000,
  postmaster: 77,
  cores: 2,
  ticks: 10_000,
  idleTicks: 4_000,
  serverTicks: 300,
  generatorUs: 500_000,
};

/** Ten seconds later: 2000 ticks on two cores, of which 70 idle. */
const end: HostReading = {
  ...start,
  atMs: 11_000,
  ticks: 12_000,
  idleTicks: 4_070,
  serverTicks: 1_850,
  generatorUs: 2_600_000,
};

describe("who kept the cores busy", () => {
  it("is what the clocks went on by, in cores", () => {
    const figure = hostFigure(start, end);
    expect(figure?.cores).toBe(2);
    expect(figure?.busyCores).toBeCloseTo(1.93);
    expect(figure?.serverCores).toBeCloseTo(1.55);
    expect(figure?.generatorCores).toBeCloseTo(0.21);
  });

  it("never exceeds the cores, nor falls below none", () => {
    // Waiting for a disk is not counted reliably: that part of idle may fall (proc(5)).
    expect(hostFigure(start, { ...end, idleTicks: 3_990 })?.busyCores).toBe(2);
    expect(hostFigure(start, { ...end, idleTicks: 7_000 })?.busyCores).toBe(0);
    expect(hostFigure(start, { ...end, serverTicks: 200 })?.serverCores).toBe(0);
  });

  it.each([
    ["a reading is missing at the start", null, end],
    ["a reading is missing at the end", start, null],
    ["the time is too short for ticks", start, { ...end, atMs: 1_499 }],
    ["the server was started again", start, { ...end, postmaster: 78 }],
    ["the server was moved to other cores", start, { ...end, cores: 1 }],
    ["the clocks stand still", start, { ...end, ticks: 10_000 }],
  ])("is not known where %s", (_, one, other) => {
    expect(hostFigure(one, other)).toBeNull();
  });
});

describe("the lines of /proc/stat", () => {
  const stat = [
    "cpu  30 3 30 300 60 3 3 9 7 7",
    "cpu0 10 1 10 100 20 1 1 3 7 7",
    "cpu1 20 2 20 200 40 2 2 6 0 0",
    "intr 18552061 0 0",
  ].join("\n");

  it("are added up, waiting for a disk as idle, and guests not twice", () => {
    expect(coreTicks(stat, new Set([0, 1]))).toEqual({ cores: 2, ticks: 438, idleTicks: 360 });
  });

  it("count only for the cores that are wanted", () => {
    expect(coreTicks(stat, new Set([1, 7]))).toEqual({ cores: 1, ticks: 292, idleTicks: 240 });
  });

  it.each([
    ["are not there", ""],
    ["are all zeros", "cpu0 0 0 0 0 0 0 0 0 0 0"],
    ["are of other cores", "cpu7 10 1 10 100 20 1 1 3 7 7"],
  ])("tell nothing where they %s", (_, text) => {
    expect(coreTicks(text, new Set([0]))).toBeNull();
  });
});

describe("the clocks of the machine", () => {
  it("are not read by a process that is no backend of a PostgreSQL here", () => {
    expect(readHost(process.pid)).toBeNull();
    // Above every process number of Linux.
    expect(readHost(4_194_305)).toBeNull();
  });
});
