import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectCode, Loadgen, runJsonIn, tinyFixture } from "../helpers/loadgen.ts";

let loadgen: Loadgen;

beforeAll(async () => {
  loadgen = await Loadgen.prepared();
});

afterAll(() => loadgen.remove());

const words = ["concurrent", "--sessions", "4", "--think", "0", "--warmup", "0", ...tinyFixture];

async function goals(name: string, ...lines: readonly string[]): Promise<string> {
  const file = join(loadgen.home, name);
  await writeFile(file, lines.join("\n"));
  return file;
}

async function judged(code: number, file: string, durationS: number) {
  const chaos = ["--chaos", "pool-limit:max=1@2s+2s", "--duration", `${durationS}s`];
  const run = await loadgen.run(...words, ...chaos, "--thresholds", file);
  expectCode(run, code);
  const { thresholds } = await runJsonIn(run.folder);
  // The scenario has two of its own.
  return { run, thresholds: thresholds.slice(2) };
}

// Without recovery: on a machine that others share, a run need not recover (test/run/impact.pg.test.ts has it).
describe("a threshold file with all forms", () => {
  it("lets a run pass in which they hold", async () => {
    const file = await goals(
      "good.yaml",
      "latency{operation:replace-references}: [max < 30s, max < 30s during fault, max < 30s any 2s]",
      "latency{fault:pool-limit}: [avg < baseline * 1000 during recovery]",
      "committed: [rate > 0 any 2s, rate >= baseline * 0.001 during fault]",
      "committed{window:recovery}: [count > 0, count > 0 any 2s]",
      "invariants: [hold]",
      '"invariants{name:last-write-wins}": [hold]',
    );
    const { run, thresholds } = await judged(0, file, 7);
    expect(thresholds).toHaveLength(10);
    expect(thresholds.filter(({ ok }) => !ok)).toEqual([]);
    expect(run.stdout).toMatch(/rate > 0 any 2s: the worst was from \d s to \d s\./);
    expect(run.stdout).toMatch(/during recovery: [\d.]+ times the baseline's [\d.]+ms\./);
  });

  it("fails a run in which they do not hold, and says by how much and when", async () => {
    const file = await goals(
      "bad.yaml",
      "latency: [max < 1us during fault, max < 1us any 2s]",
      "committed: [rate > 1000000 any 1s during fault, rate >= baseline * 1000 during fault]",
      "invariants: [hold]",
    );
    const { run, thresholds } = await judged(99, file, 5);
    expect(thresholds.map(({ ok }) => ok)).toEqual([false, false, false, false, true]);
    expect(run.stdout).toMatch(/max < 1us any 2s does not hold: it was \d+us from \d s to \d s/);
    expect(run.stdout).toMatch(
      /rate >= baseline \* 1000 during fault does not hold: it was [\d.]+, [\d.]+ times the baseline's \d/,
    );
  });

  it("is refused with every problem that it has with the run, each with its place", async () => {
    const file = await goals(
      "unfit.yaml",
      "latency: [max < 1s any 6s, avg < baseline * 2]",
      "latency{operation:raed}: [max < 1s during fault]",
      "invariants{name:no-orphans}: [hold]",
    );
    const ended = await loadgen.command("run", ...words, "--duration", "5s", "--thresholds", file);
    expect(ended.code).toBe(2);
    const told = ended.stderr.split("\n").flatMap((line) => line.split("unfit.yaml:")[1] ?? []);
    expect(told).toEqual([
      expect.stringMatching(/^1:11: latency: any 6s does not fit into --duration 5s/),
      expect.stringMatching(/^1:28: latency: this run has no baseline window/),
      expect.stringMatching(/^2:27: latency\{operation:raed\}: concurrent has no operation raed/),
      expect.stringMatching(/^2:27: latency\{operation:raed\}: this run has no fault window/),
      expect.stringMatching(
        /^3:31: .*checks no invariant no-orphans: expected one of .*last-write/,
      ),
    ]);
  });
});
