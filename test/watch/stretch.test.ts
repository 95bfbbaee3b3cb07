import { describe, expect, it } from "vitest";
import { stretchOf } from "../../src/watch/stretch.ts";
import { nobody, sampleAt } from "./load.ts";

const watched = { startMs: 1_000, endMs: 2_000 };

describe("the time in which a load was there", () => {
  it("is all of it where it was there at the first look and at the last", () => {
    const samples = [sampleAt(1_010), sampleAt(1_500, nobody), sampleAt(1_900)];
    expect(stretchOf(samples, watched)).toEqual(watched);
  });

  it("begins with the first look that it was there at", () => {
    const samples = [sampleAt(1_010, nobody), sampleAt(1_260), sampleAt(1_900)];
    expect(stretchOf(samples, watched)).toEqual({ startMs: 1_260, endMs: 2_000 });
  });

  it("ends before the first look that it was gone at", () => {
    const samples = [sampleAt(1_010), sampleAt(1_260, nobody), sampleAt(1_900, nobody)];
    expect(stretchOf(samples, watched)).toEqual({ startMs: 1_000, endMs: 1_260 });
  });

  it.each([
    ["nothing was seen", []],
    ["nobody was there", [sampleAt(1_010, nobody), sampleAt(1_260, nobody)]],
  ])("is none where %s", (_, samples) => {
    expect(stretchOf(samples, watched)).toBeNull();
  });
});
