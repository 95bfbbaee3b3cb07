import { describe, expect, it } from "vitest";
import {
  announcement,
  liveRunData,
  stageOf,
  timeSoFar,
  withSecond,
} from "../../../src/report/page/live-course.ts";
import type { LiveSecond } from "../../../src/report/page/live-event.ts";
import type { LivePageData } from "../../../src/report/page/page-data.ts";
import { secondAt } from "../../live/second.ts";

const plan: LivePageData = {
  kind: "live",
  token: "a1",
  warmupMs: 5000,
  durationMs: 20_000,
  folder: "reports/one",
};

function at(endMs: number) {
  return secondAt(endMs).data.second;
}

describe("a run that goes on", () => {
  it.each([
    [undefined, "preparing", ""],
    [-2000, "warming up", "3 s of 5 s"],
    [12_000, "running", "12 s of 20 s"],
    [20_000, "ending", "20 s of 20 s"],
  ])("with its last second at %s is %s %s", (endMs, stage, time) => {
    const last = endMs === undefined ? undefined : at(endMs);
    expect(stageOf(last, plan)).toBe(stage);
    expect(timeSoFar(last, plan)).toBe(time);
  });

  it("is running for as long as nobody knows how long", () => {
    const open = { ...plan, durationMs: null };
    expect(stageOf(at(90_000), open)).toBe("running");
    expect(timeSoFar(at(90_000), open)).toBe("90 s");
  });

  it("is told to who listens at each change, and each quarter of a minute", () => {
    const keys = Array.from({ length: 45 }, (_, second) =>
      announcement(at((second + 1) * 1000), { ...plan, durationMs: 60_000 }),
    );
    expect(new Set(keys.map(({ key }) => key)).size).toBe(4);
    expect(announcement(at(20_000), plan).key).not.toBe(announcement(at(19_000), plan).key);
    expect(announcement(at(12_000), plan).text).toBe("running: 12 s of 20 s");
  });

  it("shades faults from second to second, and again when they come again", () => {
    const seconds: LiveSecond[] = [
      secondAt(1000),
      secondAt(2000, ["a"]),
      secondAt(3000, ["a", "b"]),
      secondAt(4000),
      secondAt(5000, ["a"]),
    ].map(({ data }) => data);
    expect(liveRunData(seconds).faults).toEqual([
      { text: "a", startMs: 1000, endMs: 3000 },
      { text: "b", startMs: 2000, endMs: 3000 },
      { text: "a", startMs: 4000, endMs: 5000 },
    ]);
  });

  it("has each second once, though some are told again together", () => {
    const earlier = [secondAt(1000).data, secondAt(2000).data];
    const both = { second: { ...at(2000), startMs: 0 }, faults: [] };
    expect(withSecond(earlier, both)).toEqual([both]);
  });
});
