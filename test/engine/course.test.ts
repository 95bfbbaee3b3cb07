import { describe, expect, it } from "vitest";
import { Course } from "../../src/engine/course.ts";

/** A course on a clock that the test sets. */
function courseOf(events: readonly (readonly ["began" | "failed", number])[]): Course {
  let now = 0;
  const course = new Course(() => now);
  for (const [event, atMs] of events) {
    now = atMs;
    course[event]();
  }
  return course;
}

describe("the course of a transaction", () => {
  it("is its only attempt, if that succeeded", () => {
    const course = courseOf([["began", 5]]);
    expect([course.beganMs, course.firstUs(8), course.wastedUs]).toEqual([5, 3_000, 0]);
  });

  it("adds up what failed attempts took, without the pauses between them", () => {
    const course = courseOf([
      ["began", 5],
      ["failed", 7],
      ["began", 100],
      ["failed", 110],
      ["began", 200],
    ]);
    expect([course.beganMs, course.firstUs(230), course.wastedUs]).toEqual([200, 2_000, 12_000]);
  });

  it("is nothing where there was no connection to begin on", () => {
    const course = courseOf([]);
    expect([course.beganMs, course.firstUs(9), course.wastedUs]).toEqual([null, 0, 0]);
  });
});
