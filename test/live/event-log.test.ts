import { describe, expect, it } from "vitest";
import { EventLog } from "../../src/live/event-log.ts";
import { secondsMax } from "../../src/report/page/seconds.ts";
import { secondAt } from "./second.ts";

function idsIn(text: string): readonly number[] {
  return [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
}

describe("the log of what a run has told", () => {
  it("tells who joins late everything, in its order, and who was away what came since", () => {
    const log = new EventLog();
    const told = [
      log.add({ name: "phase", data: { text: "warming up" } }),
      log.add(secondAt(1000)),
      log.add({ name: "note", data: { text: "two\nlines" } }),
      log.add(secondAt(2000)),
    ];
    expect(log.after(0)).toBe(told.join(""));
    expect(log.after(2)).toBe(told.slice(2).join(""));
    expect(log.after(4)).toBe("");
    expect(told[2]).toBe('id: 3\nevent: note\ndata: {"text":"two\\nlines"}\n\n');
  });

  it("keeps nothing of how far something is, nor counts it", () => {
    const log = new EventLog();
    const told = log.add({ name: "progress", data: { what: "documents", done: 1, total: 2 } });
    expect(told).not.toContain("id:");
    expect(log.after(0)).toBe("");
    expect(idsIn(log.add(secondAt(1000)))).toEqual([1]);
  });

  it("stays bounded over a day, and still tells of all of it", () => {
    const log = new EventLog();
    const seconds = 5 * secondsMax;
    for (let second = 1; second <= seconds; second++) log.add(secondAt(second * 1000));
    const ids = idsIn(log.after(0));
    expect(ids.length).toBeLessThanOrEqual(2 * secondsMax);
    expect(ids.at(-1)).toBe(seconds);
    const spans = [...log.after(0).matchAll(/"startMs":(\d+),"endMs":(\d+)/g)];
    const edges = spans.map(([, start, end]) => [Number(start), Number(end)] as const);
    expect(edges[0]?.[0]).toBe(0);
    // Without a gap, and nothing twice.
    expect(edges.slice(1).map(([start]) => start)).toEqual(
      edges.slice(0, -1).map(([, end]) => end),
    );
  });

  it("keeps the newest sentences", () => {
    const log = new EventLog();
    for (let index = 1; index <= 600; index++) {
      log.add({ name: "phase", data: { text: String(index) } });
    }
    expect(idsIn(log.after(0))).toHaveLength(500);
    expect(log.after(0)).toContain('"600"');
    expect(log.after(0)).not.toContain('"100"');
  });
});
