import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ExitCode } from "../../src/core/verdict.ts";
import { rememberRun } from "../../src/run/equal-runs.ts";
import { RunFolder } from "../../src/run/store.ts";
import { planWith } from "../helpers/plan.ts";
import { quietRun } from "../report/run-result.ts";

let parent: string;
let noiseFolder: string;
let folder: RunFolder;
let notes: string[];

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "loadgen-equal-"));
  noiseFolder = join(parent, "noise");
  folder = await RunFolder.create(join(parent, "run"));
  notes = [];
});

afterEach(() => rm(parent, { recursive: true }));

/** A run that ended so, of a plan with so many sessions. */
async function ended(perSecond: number, exitCode: ExitCode = 0, sessions = 2) {
  const listener = {
    phase: () => undefined,
    progress: () => undefined,
    sample: () => undefined,
    note: (text: string) => notes.push(text),
  };
  const result = {
    ...quietRun,
    verdict: { ...quietRun.verdict, exitCode },
    transactions: { ...quietRun.transactions, perSecond },
  };
  const plan = planWith({ sessions });
  const { equalRuns } = await rememberRun({ noiseFolder, folder, listener, plan }, result);
  return equalRuns;
}

describe("equal runs", () => {
  it("are told with how far they were apart, this one not among them", async () => {
    expect(await ended(64)).toBeNull();
    expect(await ended(86)).toEqual({ count: 1, min: 64, median: 64, max: 64 });
    expect(await ended(70)).toEqual({ count: 2, min: 64, median: 75, max: 86 });
    expect(await ended(99)).toEqual({ count: 3, min: 64, median: 70, max: 86 });
    expect(notes).toEqual([]);
  });

  it("are of one plan only", async () => {
    await ended(64, 0, 2);
    expect(await ended(86, 0, 3)).toBeNull();
    expect(await readdir(noiseFolder)).toHaveLength(2);
  });

  it.each([0, 93, 98, 99] as const)("are remembered if they end with %i", async (exitCode) => {
    await ended(64, exitCode);
    expect(await ended(70)).toMatchObject({ count: 1 });
  });

  it.each([94, 95, 96, 97, 130, 143] as const)(
    "are not remembered if they end with %i, but told of the others",
    async (exitCode) => {
      await ended(64);
      expect(await ended(1, exitCode)).toMatchObject({ count: 1 });
      expect(await ended(70)).toEqual({ count: 1, min: 64, median: 64, max: 64 });
    },
  );

  it("are none before there was one, also for a run that is not remembered", async () => {
    expect(await ended(1, 97)).toBeNull();
    expect(notes).toEqual([]);
  });
});

describe("a folder for them that cannot be written", () => {
  it.each([0, 97] as const)(
    "is noted, and takes nothing from a run that ended with %i",
    async (exitCode) => {
      await writeFile(noiseFolder, "no folder");
      expect(await ended(64, exitCode)).toBeNull();
      expect(notes).toEqual([
        expect.stringMatching(/^cannot compare with equal runs, which are kept in .+: E/),
      ]);
    },
  );
});
