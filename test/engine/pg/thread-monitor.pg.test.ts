/** The health of this thread, when it is to blame for its lag and when the machine is. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { PerformanceObserver } from "node:perf_hooks";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { Metronome } from "../../../src/engine/pg/metronome.ts";
import { monitorThread, probeIntervalMs } from "../../../src/engine/pg/thread-monitor.ts";
import { openThreadClock, ownSchedstat } from "../../../src/engine/pg/thread-times.ts";
import { metronomeThatBreaks, runElsewhere } from "./elsewhere.ts";

async function newMetronome(): Promise<Metronome> {
  const metronome = await Metronome.start();
  onTestFinished(() => metronome.close());
  return metronome;
}

/** Computes for so long, and lets nothing else run in this thread. */
function block(cpuMs: number): void {
  const clock = openThreadClock(ownSchedstat);
  const endUs = clock.read().cpuUs + cpuMs * 1000;
  while (clock.read().cpuUs < endUs);
  clock.close();
}

/** Processes that leave no core idle; they end with the test. */
function occupyCores(): void {
  for (let count = 0; count < Math.max(4, 2 * availableParallelism()); count++) {
    const child = spawn(process.execPath, ["--eval", "for (;;);"], { stdio: "ignore" });
    const ended = once(child, "exit");
    onTestFinished(async () => {
      child.kill("SIGKILL");
      await ended;
    });
  }
}

const hasSchedstat = existsSync(ownSchedstat);

describe("a thread that blocks itself", () => {
  it("is late by that, and to blame for it", async () => {
    const monitor = monitorThread(await newMetronome());
    block(300);
    const { lengthMs, cpuUs, loopLag, ownLag } = monitor.stop();
    expect(cpuUs).toBeGreaterThanOrEqual(300_000);
    // The kernel counts CPU time with each tick of its clock: up to 10 ms too few at the start. The
    // first probe was due after one interval.
    expect(lengthMs).toBeGreaterThan(280);
    expect(loopLag.count).toBeGreaterThanOrEqual(Math.floor(280 / probeIntervalMs) - 1);
    expect(loopLag.max).toBeGreaterThan(220_000);
    if (hasSchedstat) expect(ownLag!.max).toBeGreaterThan(220_000);
    else expect(ownLag).toBeNull();
  });

  it("is known for it also when it had time again since", async () => {
    const metronome = await newMetronome();
    const monitor = monitorThread(metronome);
    block(300);
    await metronome.until(performance.now() + 2 * probeIntervalMs);
    const { loopLag, ownLag } = monitor.stop();
    // Less what its metronome may be late on a busy machine.
    expect(loopLag.max).toBeGreaterThan(150_000);
    if (hasSchedstat) expect(ownLag!.max).toBeGreaterThan(150_000);
  });

  it("is forgiven at a reset", async () => {
    const monitor = monitorThread(await newMetronome());
    block(300);
    monitor.reset();
    const { lengthMs, cpuUs, loopLag } = monitor.stop();
    expect(cpuUs).toBeLessThan(300_000);
    expect(loopLag.count).toBeLessThanOrEqual(lengthMs / probeIntervalMs);
  });

  it("is not watched any more once the metronome is released", async () => {
    const metronome = await newMetronome();
    const monitor = monitorThread(metronome);
    metronome.release();
    await turn();
    block(300);
    const { lengthMs, loopLag } = monitor.stop();
    expect(loopLag.count * probeIntervalMs).toBeLessThan(lengthMs - 250);
  });
});

describe.runIf(hasSchedstat)("a thread that the machine keeps waiting", () => {
  it("is late, and not to blame for it", async () => {
    occupyCores();
    const clock = openThreadClock(ownSchedstat);
    onTestFinished(() => clock.close());
    const monitor = monitorThread(await newMetronome());
    const waitedUs = () => clock.read().runQueueUs!;
    const enoughUs = waitedUs() + 1_000_000;
    while (waitedUs() < enoughUs) {
      block(1);
      await turn();
    }
    const { runQueueUs, loopLag, ownLag } = monitor.stop();
    expect(runQueueUs).toBeGreaterThanOrEqual(1_000_000);
    expect(loopLag.count).toBeGreaterThan(0);
    expect(ownLag!.mean).toBeLessThan(Math.max(1000, loopLag.mean! / 3));
  });
});

describe("a thread that collects garbage", () => {
  it("is told how long that kept it from its work", async () => {
    const monitor = monitorThread(await newMetronome());
    let collections = 0;
    const observer = new PerformanceObserver((list) => (collections += list.getEntries().length));
    observer.observe({ entryTypes: ["gc"] });
    onTestFinished(() => observer.disconnect());
    const kept: object[] = [];
    while (collections === 0) {
      for (let count = 0; count < 100_000; count++) kept.push({ count });
      kept.length = 0;
      await turn();
    }
    const { gcPauses } = monitor.stop();
    expect(gcPauses.count).toBeGreaterThan(0);
    expect(gcPauses.max).toBeGreaterThan(0);
  });
});

describe("a monitor", () => {
  const start = `
    import { Metronome } from "./src/engine/pg/metronome.ts";
    import { monitorThread } from "./src/engine/pg/thread-monitor.ts";
    const keepAlive = setInterval(() => undefined, 1000);
    const metronome = await Metronome.start();
    const monitor = monitorThread(metronome);
  `;

  it("leaves nothing running", async () => {
    const said = await runElsewhere({
      code: `${start}
        await metronome.until(performance.now() + 50);
        console.log(monitor.stop().loopLag.count > 0);
        clearInterval(keepAlive);
        await metronome.close();`,
    });
    expect(said).toBe("true\n");
  });

  it("keeps no process alive, even if nobody stops it", async () => {
    const said = await runElsewhere({
      code: `${start}
        await metronome.until(performance.now() + 50);
        clearInterval(keepAlive);
        console.log("the end");`,
    });
    expect(said).toBe("the end\n");
  });

  it("says so where the metronome failed it", async () => {
    const said = await runElsewhere({
      metronome: metronomeThatBreaks,
      code: `${start}
        await metronome.until(performance.now() + 50).catch(() => undefined);
        try {
          monitor.stop();
        } catch ({ message, cause }) {
          console.log(message + ": " + cause.message);
        }
        clearInterval(keepAlive);
        await metronome.close();`,
    });
    expect(said).toBe(
      "the event loop was not probed: the metronome's thread failed: broken later\n",
    );
  });
});
