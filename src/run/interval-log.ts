/**
 * latency.hlog: HdrHistogram's interval log, one line an interval, operation and outcome, so that
 * the tools for that format can read a run. Values are microseconds.
 */
import { encodeHistogram } from "../metrics/exchange-format.ts";
import type { Segment } from "../metrics/timeline.ts";

/**
 * Hands each interval's lines to `write`, after a header. `nowMs`: the time of day, by which the
 * first interval's end tells when the measured time began.
 */
export function intervalLog(
  write: (line: string) => void,
  nowMs: () => number,
): (interval: Segment) => void {
  let begun = false;
  return ({ startMs, endMs, tally }) => {
    if (!begun) header(write, nowMs() - endMs);
    begun = true;
    for (const [operation, { latency, censored }] of tally.operations) {
      for (const [outcome, histogram] of Object.entries({ ...latency, censored })) {
        if (histogram.count === 0) continue;
        const tag = tagOf(`${operation}:${outcome}`);
        const times = [startMs / 1000, (endMs - startMs) / 1000, (histogram.max ?? 0) / 1000];
        const shown = times.map((time) => time.toFixed(3)).join(",");
        write(`Tag=${tag},${shown},${encodeHistogram(histogram)}`);
      }
    }
  };
}

/**
 * The format separates by commas and spaces, and ends at the end of a line: these are written as in a
 * URL, and so is what begins such an escape, so that no two operations come to share a tag.
 */
function tagOf(name: string): string {
  return name.replace(/[%,\s]/g, encodeURIComponent);
}

function header(write: (line: string) => void, zeroMs: number): void {
  write("#[Histogram log format version 1.3]");
  write(`#[StartTime: ${(zeroMs / 1000).toFixed(3)} (seconds since epoch)]`);
  write('"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"');
}
