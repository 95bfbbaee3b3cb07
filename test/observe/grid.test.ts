import { describe, expect, it } from "vitest";
import { onGrid } from "../../src/observe/grid.ts";

/** Runs work of the given lengths on a clock that only the work moves (and timers that are early). */
async function runs(
  lengthsMs: readonly number[],
): Promise<{ skipped: number; startsMs: number[] }> {
  const stopping = new AbortController();
  const startsMs: number[] = [];
  let nowMs = 0;
  let skipped = 0;
  const grid = {
    clock: () => nowMs,
    intervalMs: 10,
    signal: stopping.signal,
    onSkipped: (count: number) => (skipped += count),
  };
  await onGrid(grid, async () => {
    await Promise.resolve();
    startsMs.push(nowMs);
    nowMs += lengthsMs[startsMs.length - 1] ?? 0;
    if (startsMs.length === lengthsMs.length) stopping.abort();
  });
  return { skipped, startsMs };
}

describe("work on a grid", () => {
  it("skips nothing while it is quick, even if its timer fires early", async () => {
    expect((await runs([1, 1, 1])).skipped).toBe(0);
  });

  it("counts the times that slow work made late, and does not make up for them", async () => {
    const { skipped, startsMs } = await runs([35, 1]);
    expect(skipped).toBe(3);
    expect(startsMs).toHaveLength(2);
  });

  it("ends at once when stopped during a pause", async () => {
    const stopping = new AbortController();
    let worked = 0;
    const grid = {
      clock: () => performance.now(),
      intervalMs: 3_600_000,
      signal: stopping.signal,
      onSkipped: () => undefined,
    };
    const ended = onGrid(grid, async () => {
      worked += 1;
      await Promise.resolve();
    });
    setImmediate(() => stopping.abort());
    await ended;
    expect(worked).toBe(1);
  });

  it("fails if its work fails", async () => {
    const grid = {
      clock: () => 0,
      intervalMs: 10,
      signal: new AbortController().signal,
      onSkipped: () => undefined,
    };
    await expect(onGrid(grid, () => Promise.reject(new Error("bug")))).rejects.toThrow("bug");
  });
});
