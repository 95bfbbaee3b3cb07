/** Seconds as a live page hears of them, for tests. */
import type { LiveEvent } from "../../src/report/page/live-event.ts";
import { namedSecond } from "../../src/report/page/seconds.ts";
import { sampleAt } from "../report/page/stored.ts";

type SecondEvent = Extract<LiveEvent, { readonly name: "second" }>;

/** Ends at `endMs`, and began a second before. */
export function secondAt(endMs: number, faults: readonly string[] = []): SecondEvent {
  const around = { before: undefined, warmupMs: Math.max(0, 1000 - endMs) };
  return {
    name: "second",
    data: { second: namedSecond(sampleAt(endMs / 1000), around), faults },
  };
}
