import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { nightsBefore } from "../../src/cli/night-before.ts";
import { noiseFolder } from "../../src/cli/target.ts";
import type { NightLine, RunLine } from "../../src/nightly/result.ts";
import { resultWith } from "../compare/stored.ts";
import { nightAt, runLine } from "../nightly/nights.ts";

let folder: string;
let notes: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "loadgen-before-"));
  notes = [];
  vi.stubEnv("LOADGEN_HOME", folder);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

function after(changes: Partial<RunLine>) {
  const night: NightLine = {
    schema: "loadgen.night-line/1",
    at: nightAt(0),
    suite: "nightly",
    loadgen: "0.1.0",
    commit: null,
    exitCode: 0,
    runs: { writes: runLine(100, changes) },
  };
  return nightsBefore({
    at: nightAt(1),
    path: (name) => join(folder, name),
    history: { nights: [night], unreadable: 0 },
    note: (text) => notes.push(text),
  });
}

async function stored(path: string, variant: string): Promise<string> {
  await mkdir(path, { recursive: true });
  const result = resultWith({ plan: { variant } });
  await writeFile(join(path, "run.json"), JSON.stringify(result));
  return path;
}

const slowed = resultWith({ plan: { variant: "slowed" } });
const variants = "variant: current in the baseline, slowed in the candidate";

describe("what differs from the night before", () => {
  it("is read from its folder, or as much as the history has where that is gone", async () => {
    const before = await stored(join(folder, "yesterday", "runs", "01-writes"), "current");
    const tonight = { name: "writes", folder: join(folder, "tonight", "runs", "01-writes") };
    expect(await after({ folder: before }).differences(slowed, tonight)).toEqual([variants]);
    await rm(before, { recursive: true });
    expect(await after({ folder: before }).differences(slowed, tonight)).toEqual([variants]);
  });

  it("is not what tonight's runs, in a folder that each night takes, differ from themselves", async () => {
    const path = await stored(join(folder, "night", "runs", "01-writes"), "slowed");
    for (const tonight of [path, `${path}-again`]) {
      const named = { name: "writes", folder: tonight };
      expect(await after({ folder: path }).differences(slowed, named)).toEqual([variants]);
    }
  });
});

describe("equal runs that cannot be read", () => {
  it("end no night: it is noted", async () => {
    const noiseKey = "unreadable";
    await mkdir(join(noiseFolder(), `${noiseKey}.ndjson`), { recursive: true });
    const named = { name: "writes", folder: join(folder, "01-writes") };
    const result = resultWith({ noiseKey });
    expect(await after({ noiseKey }).remembered(result, named)).toEqual([[]]);
    expect(notes).toEqual([
      expect.stringMatching(/^cannot compare with equal runs, .*unreadable.ndjson: EISDIR/),
    ]);
  });
});
