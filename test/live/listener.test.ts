import { describe, expect, it } from "vitest";
import { liveListener } from "../../src/live/listener.ts";
import type { LiveEvent } from "../../src/report/page/live-event.ts";
import { sampleAt } from "../report/page/stored.ts";

function listening() {
  const told: LiveEvent[] = [];
  const clock = { ms: 0 };
  return {
    told,
    clock,
    listener: liveListener({
      tell: (event) => told.push(event),
      clockMs: () => clock.ms,
      warmupMs: 0,
    }),
  };
}

describe("what a live page hears of a run", () => {
  it("is each second as the report has it, which begins where the one before ended", () => {
    const { told, listener } = listening();
    listener.sample(sampleAt(1));
    listener.sample({ ...sampleAt(1.5), achieved: 20, faults: ["lock-table@1s"] });
    expect(told).toMatchObject([
      { name: "second", data: { second: { startMs: 0, endMs: 1000, achieved: 100 }, faults: [] } },
      {
        name: "second",
        data: { second: { startMs: 1000, endMs: 1500, achieved: 40 }, faults: ["lock-table@1s"] },
      },
    ]);
  });

  it("is not each step of what is loaded", () => {
    const { told, clock, listener } = listening();
    for (let done = 0; done < 1000; done++) {
      clock.ms = done;
      listener.progress("documents", done, 1000);
    }
    expect(told.map(({ data }) => data)).toEqual(
      [0, 250, 500, 750].map((done) => ({ what: "documents", done, total: 1000 })),
    );
  });
});
