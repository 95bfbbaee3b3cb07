/**
 * Sweeps from the command line to the answer, as small as they can be, and alone on the machine.
 * Throughput follows from --hold, which costs no core, so that it is the same on any. The plateaus
 * in full are in test/proof.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SweepResult } from "../../src/sweep/result.ts";
import { expectCode, Loadgen, tinyFixture } from "../helpers/loadgen.ts";

const load = [...tinyFixture, "--think", "0", "--hold", "100ms"] as const;
const short = ["--duration", "1200ms", "--warmup", "300ms", "--quiet"] as const;

let loadgen: Loadgen;

beforeAll(async () => {
  loadgen = await Loadgen.prepared();
});

afterAll(() => loadgen.remove());

let count = 0;

async function swept(...words: readonly string[]) {
  const folder = join(loadgen.folder, `sweep-${count++}`);
  const ended = await loadgen.command("sweep", ...words, "--out", folder);
  return { ended, folder };
}

async function resultIn(folder: string): Promise<SweepResult> {
  return JSON.parse(await readFile(join(folder, "sweep.json"), "utf8")) as SweepResult;
}

describe("loadgen sweep", () => {
  it("finds a pool of four, shows it by a wider one, and leaves the files of its contract", async () => {
    const { ended, folder } = await swept(
      ...["concurrent", "--sessions", "1,2,4,8,16", "--pool-max", "4", ...load, ...short],
    );
    expectCode(ended, 0);
    expect(ended.stdout).toMatch(/takes +about/);
    const result = await resultIn(folder);
    expect(result.schema).toBe("loadgen.sweep/1");
    expect(result.knee?.sessions).toBeGreaterThan(3);
    expect(result.knee?.sessions).toBeLessThan(6);
    expect(result.waitsAt.kind).toBe("pool");
    expect(result.limitedBy.kind).toBe("pool");
    expect(result.limitedBy.relief?.changed).toContain("from 4 to 8");
    expect(Math.max(...result.steps.map(({ busySessions }) => busySessions.max))).toBe(4);
    expect(await readFile(join(folder, "sweep.svg"), "utf8")).toContain("<svg");
    expect(await readFile(join(folder, "summary.md"), "utf8")).toContain("pool");
    const runs = await readdir(join(folder, "runs"));
    expect(runs.length).toBeGreaterThanOrEqual(10 + 2);
    expect(await loadgen.databases("loadgen_run")).toEqual([]);
  });

  it("finds sockets that nobody declared, and is invalid", async () => {
    const sockets = ["--driver-sockets", "4", "--driver-overhead", "45ms"];
    const { ended, folder } = await swept(
      ...["concurrent", "--sessions", "2,4,6,12", ...sockets, ...load, ...short],
    );
    expectCode(ended, 97);
    const result = await resultIn(folder);
    expect(result.waitsAt.kind).toBe("generator");
    expect(result.limitedBy.kind).toBe("generator");
    expect(result.limitedBy.evidence).toContain("4 backends");
    expect(result.limitedBy.relief).toBeNull();
  });

  it("claims nothing where throughput follows the sessions", async () => {
    const { ended, folder } = await swept(
      ...["concurrent", "--sessions", "1,2,3,4", ...load, ...short],
    );
    expectCode(ended, 93);
    expect((await resultIn(folder)).knee).toBeNull();
    expect(ended.stdout).toContain("still rises");
  });

  it("tells what it has when it is stopped, and drops what it made", async () => {
    const folder = join(loadgen.folder, "stopped");
    const words = ["sweep", "concurrent", "--sessions", "1,2,4,8", "--pool-max", "4"];
    const started = loadgen.start([
      ...words,
      ...load,
      ...["--duration", "1500ms", "--warmup", "0", "--out", folder],
    ]);
    await started.printed("run 2 of 8");
    started.signal("SIGINT");
    const ended = await started.ended;
    expectCode(ended, 130);
    const result = await resultIn(folder);
    expect(result.verdict.reasons[0]).toMatch(/^stopped by SIGINT after [2-8] runs$/);
    expect(result.steps.length).toBeGreaterThan(0);
    expect(await loadgen.databases("loadgen_run")).toEqual([]);
  });

  it("says what is wrong with its options, all at once, and leaves no folder", async () => {
    const { ended } = await swept(
      "concurrent",
      "--sessions",
      "1,2",
      "--rate",
      "100",
      "--repeats",
      "1",
    );
    expectCode(ended, 2);
    for (const part of ["--sessions", "--repeats", "--rate"]) expect(ended.stderr).toContain(part);
    expect(await readdir(loadgen.folder)).not.toContain(`sweep-${count - 1}`);
  });

  it("knows before its first run that there is no room for the most sessions", async () => {
    const { ended } = await swept("concurrent", "--sessions", "1,2,4,10000", ...load, ...short);
    expectCode(ended, 2);
    expect(ended.stderr).toContain("10000");
    expect(await readdir(loadgen.folder)).not.toContain(`sweep-${count - 1}`);
  });
});
