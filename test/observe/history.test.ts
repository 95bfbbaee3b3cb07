import { describe, expect, it } from "vitest";
import { History, type Timed } from "../../src/observe/history.ts";

function historyOf(count: number, entriesMax: number): History<Timed> {
  const history = new History<Timed>(entriesMax);
  for (let ms = 0; ms < count; ms++) history.add({ sentMs: ms, answeredMs: ms + 0.5 });
  return history;
}

function times(history: History<Timed>): number[] {
  return history.between(0, Infinity).map(({ sentMs }) => sentMs);
}

describe("a history", () => {
  it("keeps everything up to its limit", () => {
    expect(times(historyOf(4, 4))).toEqual([0, 1, 2, 3]);
  });

  it("covers the whole time evenly once it is full", () => {
    expect(times(historyOf(5, 4))).toEqual([0, 2, 4]);
    expect(times(historyOf(8, 4))).toEqual([0, 2, 4, 6]);
    expect(times(historyOf(13, 4))).toEqual([0, 4, 8, 12]);
  });

  it("gives a window only what was asked and answered within", () => {
    const inWindow = (startMs: number, endMs: number) =>
      historyOf(5, 10)
        .between(startMs, endMs)
        .map(({ sentMs }) => sentMs);
    expect(inWindow(1, 3)).toEqual([1, 2]);
    expect(inWindow(1.2, 3)).toEqual([2]);
    expect(inWindow(1, 2.2)).toEqual([1]);
  });
});
