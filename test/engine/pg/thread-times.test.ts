import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import {
  openThreadClock,
  ownSchedstat,
  type ThreadClock,
} from "../../../src/engine/pg/thread-times.ts";
import { until } from "../../helpers/postgres.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "loadgen-schedstat-"));
});

afterAll(() => rm(folder, { recursive: true }));

function opened(path: string): ThreadClock {
  const clock = openThreadClock(path);
  onTestFinished(() => clock.close());
  return clock;
}

async function fileWith(text: string): Promise<string> {
  const path = join(folder, "schedstat");
  await writeFile(path, text);
  return path;
}

function processCpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

describe("what a thread used and waited", () => {
  it("is read in nanoseconds and told in microseconds", async () => {
    const clock = opened(await fileWith("1500000 2500900 7\n"));
    expect(clock.read()).toEqual({ cpuUs: 1500, runQueueUs: 2501 });
  });

  it("is read anew each time", async () => {
    const clock = opened(await fileWith("1000 2000 7\n"));
    clock.read();
    await fileWith("3000 4000000 8\n");
    expect(clock.read()).toEqual({ cpuUs: 3, runQueueUs: 4000 });
  });

  it.each([
    ["there is no such file", () => join(folder, "missing")],
    ["the kernel does not keep it", () => fileWith("0 0 0\n")],
  ])("is the process's CPU time, and unknown, where %s", async (_, path) => {
    const clock = opened(await path());
    const beforeUs = processCpuUs();
    const { cpuUs, runQueueUs } = clock.read();
    expect(runQueueUs).toBeNull();
    expect(cpuUs).toBeGreaterThanOrEqual(beforeUs);
    expect(cpuUs).toBeLessThanOrEqual(processCpuUs());
  });
});

describe.runIf(existsSync(ownSchedstat))("the schedstat of this thread", () => {
  it("counts what this thread computes", () => {
    const clock = opened(ownSchedstat);
    const first = clock.read();
    const beforeUs = processCpuUs();
    while (processCpuUs() < beforeUs + 100_000);
    const second = clock.read();
    expect(second.cpuUs - first.cpuUs).toBeGreaterThan(50_000);
    expect(second.runQueueUs).toBeGreaterThanOrEqual(first.runQueueUs!);
  });

  it("does not count what another one does", async () => {
    const worker = new Worker("for (;;);", { eval: true });
    onTestFinished(async () => {
      await worker.terminate();
    });
    const clock = opened(ownSchedstat);
    const first = clock.read();
    const beforeUs = processCpuUs();
    await until(() => processCpuUs() > beforeUs + 300_000, "the other thread computes");
    expect(clock.read().cpuUs - first.cpuUs).toBeLessThan(150_000);
  });
});
