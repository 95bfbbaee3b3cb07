/** What a run tells its listener, as events for the pages that are open. */
import type { LiveEvent } from "../report/page/live-event.ts";
import { namedSecond } from "../report/page/seconds.ts";
import type { RunListener, RunSample } from "../run/listener.ts";

/** Loading tells thousands of steps a second, and nobody sees more than some. */
const progressEachMs = 250;

interface Around {
  readonly tell: (event: LiveEvent) => void;
  readonly clockMs: () => number;
  /** Of the run. */
  readonly warmupMs: number;
}

/** Of intervals it tells nothing: the charts have seconds. */
export function liveListener({ tell, clockMs, warmupMs }: Around): Omit<RunListener, "interval"> {
  let before: RunSample | undefined;
  let toldAtMs = Number.NEGATIVE_INFINITY;
  return {
    phase: (text) => tell({ name: "phase", data: { text } }),
    note: (text) => tell({ name: "note", data: { text } }),
    progress(what, done, total) {
      if (clockMs() - toldAtMs < progressEachMs) return;
      toldAtMs = clockMs();
      tell({ name: "progress", data: { what, done, total } });
    },
    sample(sample) {
      const second = namedSecond(sample, { before, warmupMs });
      before = sample;
      tell({ name: "second", data: { second, faults: sample.faults } });
    },
  };
}
