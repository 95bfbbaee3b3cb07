/** The metronome beside this thread, and in processes of its own: its thread runs what is built. */
import { existsSync } from "node:fs";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { Random } from "../../../src/core/random.ts";
import { Metronome } from "../../../src/engine/pg/metronome.ts";
import { metronomeThatBreaks, runElsewhere } from "./elsewhere.ts";

async function newMetronome(): Promise<Metronome> {
  const metronome = await Metronome.start();
  onTestFinished(() => metronome.close());
  return metronome;
}

function blockUntil(ms: number): void {
  while (performance.now() < ms);
}

/** No test waits for so long. */
const farAheadMs = 3_600_000;

describe("a metronome", () => {
  it("lets go when it is time, and never before", async () => {
    const metronome = await newMetronome();
    const random = new Random("never before");
    for (let time = 0; time < 500; time++) {
      const dueMs = performance.now() + random.below(3000) / 1000;
      await metronome.until(dueMs);
      expect(performance.now()).toBeGreaterThanOrEqual(dueMs);
    }
  });

  it("lets go in the order of the due times, whatever the order of asking", async () => {
    const metronome = await newMetronome();
    const startMs = performance.now() + 5;
    const order: string[] = [];
    const asked = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3].map(async (aheadMs, index) => {
      await metronome.until(startMs + aheadMs);
      order.push(`${aheadMs}/${index}`);
    });
    await Promise.all(asked);
    expect(order).toEqual(["1/1", "1/3", "2/6", "3/0", "3/9", "4/2", "5/4", "5/8", "6/7", "9/5"]);
  });

  it("does not let wait for what is past", async () => {
    const metronome = await newMetronome();
    let turns = 0;
    setImmediate(() => turns++);
    await metronome.until(performance.now());
    expect(turns).toBe(0);
  });

  it("strikes once for all that became due while this thread was busy", async () => {
    const metronome = await newMetronome();
    const firstMs = performance.now() + 300;
    const strikes = Promise.all(
      [0, 10, 20, 300].map(async (aheadMs) => {
        await metronome.until(firstMs + aheadMs);
        return metronome.struckMs;
      }),
    );
    blockUntil(firstMs + 600);
    const blockedMs = performance.now();
    const [first, ...others] = await strikes;
    expect(others).toEqual([first, first, first]);
    // A microsecond is what the threads' clocks may differ by.
    expect(first).toBeGreaterThan(firstMs - 0.001);
    expect(first).toBeLessThan(blockedMs);
  });

  it("misses nobody, however close together they come and go", async () => {
    const metronome = await newMetronome();
    let met = 0;
    const loop = async (_: unknown, index: number) => {
      const random = new Random(`loop ${index}`);
      for (let time = 0; time < 400; time++) {
        await metronome.until(performance.now() + random.below(400) / 1000);
        met++;
      }
    };
    await Promise.all(Array.from({ length: 50 }, loop));
    expect(met).toBe(20_000);
  });

  it("hears of an earlier time while it sleeps, or falls asleep, for a later one", async () => {
    const metronome = await newMetronome();
    const random = new Random("asleep");
    const startMs = performance.now();
    let isLater = false;
    for (let time = 0; time < 2000; time++) {
      const laterMs = startMs + farAheadMs - time;
      void metronome.until(laterMs).then(() => (isLater = true));
      blockUntil(performance.now() + random.below(100) / 1000);
      await metronome.until(performance.now() + 0.05);
    }
    expect(isLater).toBe(false);
  });

  it("lets everybody go when it is released, and nobody wait from then on", async () => {
    const metronome = await newMetronome();
    const waiting = [1, 2].map((times) => metronome.until(performance.now() + times * farAheadMs));
    metronome.release();
    await Promise.all(waiting);
    await metronome.until(performance.now() + farAheadMs);
  });

  it("lets everybody go when it is closed, which may be twice", async () => {
    const metronome = await newMetronome();
    const waiting = metronome.until(performance.now() + farAheadMs);
    await metronome.close();
    await waiting;
    await metronome.until(performance.now() + farAheadMs);
    await metronome.close();
  });

  it("can be one of many, each for itself", async () => {
    const metronomes = await Promise.all([newMetronome(), newMetronome()]);
    const dueMs = performance.now() + 5;
    const waiting = metronomes[1].until(dueMs + farAheadMs);
    let isLater = false;
    void waiting.then(() => (isLater = true));
    await metronomes[0].until(dueMs);
    metronomes[0].release();
    await turn();
    expect(isLater).toBe(false);
  });
});

const imports = `
  import { Metronome } from "./src/engine/pg/metronome.ts";
  const messageOf = (error) => error.message;
`;

describe("its thread", () => {
  it("keeps no process alive, whoever waits", async () => {
    const said = await runElsewhere({
      code: `${imports}
        const metronome = await Metronome.start();
        metronome.until(performance.now() + ${farAheadMs}).then(() => console.log("let go"));
        console.log("started");`,
    });
    expect(said).toBe("started\n");
  });

  it.runIf(existsSync("/proc/self/task"))("is gone once it is closed", async () => {
    const said = await runElsewhere({
      code: `${imports}
        import { readdirSync } from "node:fs";
        const threads = () => readdirSync("/proc/self/task").length;
        const before = threads();
        const metronome = await Metronome.start();
        console.log(threads() - before);
        await metronome.close();
        console.log(threads() - before);`,
    });
    expect(said).toBe("1\n0\n");
  });

  it("serves a thread that is not the main one", async () => {
    const said = await runElsewhere({
      code: `${imports}
        import { isMainThread, Worker } from "node:worker_threads";
        import { fileURLToPath } from "node:url";
        if (isMainThread) {
          new Worker(fileURLToPath(import.meta.url));
        } else {
          const metronome = await Metronome.start();
          const keepAlive = setInterval(() => undefined, 1000);
          const dueMs = performance.now() + 1;
          await metronome.until(dueMs);
          const { struckMs } = metronome;
          console.log(dueMs - 0.001 < struckMs, struckMs < performance.now());
          clearInterval(keepAlive);
          await metronome.close();
        }`,
    });
    expect(said).toBe("true true\n");
  });

  it.each([
    ["is missing", null, "Cannot find module"],
    ["is broken", 'throw new Error("broken");', "broken"],
    ["ends at once", "", "it ended with code 0"],
  ])("is started in vain where its code %s", async (_, metronome, why) => {
    const code = `${imports} console.log(await Metronome.start().catch(messageOf));`;
    const said = await runElsewhere({ code, metronome });
    expect(said).toContain("the metronome's thread failed: ");
    expect(said).toContain(why);
  });

  it("fails whoever waits, and whoever asks after it failed", async () => {
    const said = await runElsewhere({
      metronome: metronomeThatBreaks,
      code: `${imports}
        const metronome = await Metronome.start();
        const keepAlive = setInterval(() => undefined, 1000);
        const waiting = [1, 2].map((times) => metronome.until(performance.now() + times * 1e6));
        for (const one of waiting) console.log(await one.catch(messageOf));
        console.log(await metronome.until(performance.now() + 1e6).catch(messageOf));
        clearInterval(keepAlive);
        await metronome.close();`,
    });
    expect(said).toBe("the metronome's thread failed: broken later\n".repeat(3));
  });
});
