import { HistogramLogReader } from "hdr-histogram-js";
import { describe, expect, it } from "vitest";
import { Recorder } from "../../src/metrics/recorder.ts";
import { Timeline } from "../../src/metrics/timeline.ts";
import { intervalLog } from "../../src/run/interval-log.ts";
import { aborted, finished, unknown } from "../metrics/transactions.ts";

const epochMs = 1_795_000_000_250;

/** Records into a log, by one thread; what came out, as the text of the file. */
function logged(fill: (recorder: Recorder, timeline: Timeline) => void): string {
  const lines: string[] = [];
  const log = intervalLog(
    (line) => lines.push(line),
    // The first interval ends after a second.
    () => epochMs + 1000,
  );
  fill(new Recorder(), new Timeline(log));
  return `${lines.join("\n")}\n`;
}

/** What another program reads in it. */
function read(text: string) {
  const reader = new HistogramLogReader(text);
  const intervals = [];
  for (let next = reader.nextIntervalHistogram(); next !== null;) {
    intervals.push(next);
    next = reader.nextIntervalHistogram();
  }
  return { startTimeSec: reader.startTimeSec, intervals };
}

const threeSeconds = logged((recorder, timeline) => {
  for (let second = 1; second <= 3; second++) {
    for (let count = 0; count < second * 100; count++) {
      recorder.record(finished({ latencyUs: 1000 * second + count }));
    }
    recorder.record(finished({ outcome: aborted, latencyUs: 7000 }));
    timeline.tick(second * 1000, [recorder.take()]);
  }
  recorder.record(finished({ operation: "read", outcome: unknown, latencyUs: 9000 }));
  timeline.cut(3400, [recorder.take()]);
});

describe("latency.hlog", () => {
  it("can be read by HdrHistogram's own reader, interval by interval", () => {
    const { startTimeSec, intervals } = read(threeSeconds);
    expect(startTimeSec).toBeCloseTo(epochMs / 1000, 3);
    const seen = intervals.map((interval) => [
      interval.tag,
      interval.startTimeStampMsec - epochMs,
      interval.endTimeStampMsec - epochMs,
      interval.totalCount,
    ]);
    expect(seen).toEqual([
      ["write:committed", 0, 1000, 100],
      ["write:aborted", 0, 1000, 1],
      ["write:committed", 1000, 2000, 200],
      ["write:aborted", 1000, 2000, 1],
      ["write:committed", 2000, 3000, 300],
      ["write:aborted", 2000, 3000, 1],
      ["read:unknown", 3000, 3400, 1],
    ]);
  });

  it("adds up to what the recorder counted, in microseconds", () => {
    const committed = read(threeSeconds).intervals.filter(({ tag }) => tag === "write:committed");
    const [first, ...others] = committed;
    if (first === undefined) throw new Error("no interval");
    for (const other of others) first.add(other);
    expect(first.totalCount).toBe(600);
    // Three significant digits.
    expect(first.minNonZeroValue).toBe(1000);
    expect(Math.abs(first.maxValue - 3299) / 3299).toBeLessThan(0.001);
    expect(Math.abs(first.getValueAtPercentile(50) - 2199) / 2199).toBeLessThan(0.06);
  });

  it("has no line for what did not happen", () => {
    const text = logged((recorder, timeline) => {
      timeline.tick(1000, [recorder.take()]);
      recorder.record(finished());
      timeline.tick(2000, [recorder.take()]);
      timeline.tick(3000, [recorder.take()]);
    });
    expect(read(text).intervals).toHaveLength(1);
    expect(text.split("\n").filter((line) => line.startsWith("Tag="))).toHaveLength(1);
  });

  it("has one line for what several threads measured", () => {
    const text = logged((recorder, timeline) => {
      const other = new Recorder();
      recorder.record(finished({ latencyUs: 1000 }));
      other.record(finished({ latencyUs: 1500 }));
      timeline.tick(1000, [recorder.take(), other.take()]);
    });
    const { intervals } = read(text);
    expect(intervals.map(({ tag }) => tag)).toEqual(["write:committed"]);
    expect([intervals[0]?.totalCount, intervals[0]?.minNonZeroValue]).toEqual([2, 1000]);
  });

  it("tells operations apart whatever is in their names", () => {
    const names = [
      "read, then\nwrite",
      "100 %",
      "100%20%",
      "Tag=a:b",
      "lesen & schreiben 🐘",
      '"q"#',
    ];
    const text = logged((recorder, timeline) => {
      for (const operation of names) recorder.record(finished({ operation }));
      timeline.tick(1000, [recorder.take()]);
    });
    const tags = read(text).intervals.map(({ tag }) => tag);
    expect(tags[0]).toBe("read%2C%20then%0Awrite:committed");
    expect(tags.map((tag) => decodeURIComponent(tag))).toEqual(
      names.map((name) => `${name}:committed`),
    );
  });
});
