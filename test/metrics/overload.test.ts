import { describe, expect, it } from "vitest";
import { overloadOf } from "../../src/metrics/overload.ts";

/** Ten seconds at 100 arrivals a second, ten sessions. */
function seen(waiting: readonly number[]) {
  return { sessions: 10, offered: 1000, waiting };
}

describe("an overloaded run", () => {
  it("has a queue that grows from its beginning to its end", () => {
    const waiting = [20, 40, 60, 80, 100, 120, 140, 160, 180, 200];
    expect(overloadOf(seen(waiting))).toEqual({ waitingAtEnd: 200 });
  });

  it("may overload only once a ramp has reached the limit", () => {
    expect(overloadOf(seen([0, 0, 0, 0, 0, 3, 12, 30, 60, 100]))).toEqual({ waitingAtEnd: 100 });
  });

  it("may have been well for a moment", () => {
    expect(overloadOf(seen([20, 50, 30, 70, 60, 90, 130, 110, 160, 150]))).toEqual({
      waitingAtEnd: 150,
    });
  });

  it("is told from the queue's length alone where it is too short for thirds", () => {
    expect(overloadOf(seen([50]))).toEqual({ waitingAtEnd: 50 });
    expect(overloadOf(seen([80, 50]))).toEqual({ waitingAtEnd: 50 });
    expect(overloadOf(seen([5, 80, 50]))).toBeNull();
    expect(overloadOf(seen([10]))).toBeNull();
  });
});

describe("a run is not overloaded", () => {
  it("without a queue, or without any arrival", () => {
    expect(overloadOf(seen([0, 0, 0, 0, 0, 0, 0, 0, 0, 0]))).toBeNull();
    expect(overloadOf({ sessions: 10, offered: 0, waiting: [] })).toBeNull();
  });

  it("by a queue that grew, but is no longer than there are sessions", () => {
    const waiting = [0, 0, 0, 10, 20, 30, 40, 50, 60];
    expect(overloadOf({ sessions: 60, offered: 1000, waiting })).toBeNull();
    expect(overloadOf({ sessions: 59, offered: 1000, waiting })).toEqual({ waitingAtEnd: 60 });
  });

  it("by a queue that grew, but is no longer than 1 % of what was offered", () => {
    const waiting = [0, 0, 0, 10, 20, 30, 40, 50, 60];
    expect(overloadOf({ sessions: 10, offered: 6000, waiting })).toBeNull();
    expect(overloadOf({ sessions: 10, offered: 5999, waiting })).toEqual({ waitingAtEnd: 60 });
  });

  it("by a long queue that does not grow by more than a fifth", () => {
    expect(overloadOf(seen([50, 90, 90, 100, 100, 100, 120, 120, 120]))).toBeNull();
    expect(overloadOf(seen([50, 90, 90, 100, 100, 100, 121, 121, 121]))).not.toBeNull();
  });

  it("by an outage in the middle that was worked off", () => {
    expect(overloadOf(seen([0, 0, 0, 100, 200, 150, 100, 50, 0, 0]))).toBeNull();
  });

  it("by an outage whose queue is still being worked off", () => {
    expect(overloadOf(seen([0, 0, 0, 100, 200, 300, 250, 200, 150, 100]))).toBeNull();
    expect(overloadOf(seen([0, 0, 0, 0, 0, 100, 200, 300, 280, 260]))).toBeNull();
    expect(overloadOf(seen([0, 0, 0, 0, 0, 100, 200, 300, 280, 280]))).not.toBeNull();
  });

  it.each([5, 6, 7, 8, 10, 30])("by an outage that began in the last of %d seconds", (seconds) => {
    expect(overloadOf(seen([...new Array<number>(seconds - 1).fill(0), 100]))).toBeNull();
  });
});
