import { appendFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { appendNight, openHistory, readHistory } from "../../src/nightly/history.ts";
import type { NightLine } from "../../src/nightly/result.ts";
import { nightAt, runLine } from "./nights.ts";

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "loadgen-history-"));
  file = join(folder, "new", "nightly.ndjson");
});

afterEach(() => rm(folder, { recursive: true }));

function night(number: number, suite = "nightly"): NightLine {
  return {
    schema: "loadgen.night-line/1",
    at: nightAt(number),
    suite,
    loadgen: "0.1.0",
    commit: null,
    exitCode: 0,
    runs: { writes: runLine(100 + number) },
  };
}

describe("the history of nights", () => {
  it("is empty before the first one, and a line longer after each", async () => {
    expect(await readHistory(file, "nightly")).toEqual({ nights: [], unreadable: 0 });
    for (const number of [0, 1, 2]) await appendNight(file, night(number));
    expect((await readFile(file, "utf8")).split("\n")).toHaveLength(4);
    expect(await readHistory(file, "nightly")).toEqual({
      nights: [night(0), night(1), night(2)],
      unreadable: 0,
    });
  });

  it("leaves a line that was cut short where it is, counts it, and loses no other", async () => {
    await appendNight(file, night(0));
    await appendFile(file, JSON.stringify(night(1)).slice(0, 80));
    await appendNight(file, night(2));
    await appendFile(file, '{"schema":"somebody else\'s"}\n\n');
    expect(await readHistory(file, "nightly")).toEqual({
      nights: [night(0), night(2)],
      unreadable: 2,
    });
  });

  it("may be that of several suites, and in any order", async () => {
    await appendNight(file, night(3));
    await appendNight(file, night(2, "other"));
    await appendNight(file, night(1));
    const { nights } = await readHistory(file, "nightly");
    expect(nights.map(({ at }) => at)).toEqual([nightAt(1), nightAt(3)]);
  });

  it("of which no line is a night is not taken for an empty one", async () => {
    await appendNight(file, night(0, "other"));
    await appendFile(file, "{}\n");
    expect(await readHistory(file, "nightly")).toEqual({ nights: [], unreadable: 1 });
    const foreign = join(folder, "foreign.csv");
    await appendFile(foreign, "at,throughput\n1,2\n");
    await expect(readHistory(foreign, "nightly")).rejects.toThrow("none of its 2 lines is a night");
  });

  it("is opened before the first night without adding anything, or cannot be", async () => {
    await openHistory(file);
    expect(await readHistory(file, "nightly")).toEqual({ nights: [], unreadable: 0 });
    await appendNight(file, night(0));
    await openHistory(file);
    expect((await readHistory(file, "nightly")).nights).toEqual([night(0)]);
    await expect(openHistory(folder)).rejects.toThrow("EISDIR");
  });

  it("that cannot be read is not taken for an empty one", async () => {
    await expect(readHistory(folder, "nightly")).rejects.toThrow("EISDIR");
  });
});
