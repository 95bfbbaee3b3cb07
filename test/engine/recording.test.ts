import { expect, it } from "vitest";
import { TakenRecording } from "../../src/engine/recording.ts";
import { countOf } from "../../src/metrics/operation-tally.ts";
import { tallyOf } from "../metrics/transactions.ts";

it("hands on every part, and apart from these the parts of the measured time alone", async () => {
  const all: (readonly number[])[] = [];
  const measured: (readonly number[])[] = [];
  const recording = new TakenRecording(() => Promise.resolve([tallyOf([1000, 1000])]), {
    onInterval: ({ endMs, tally }) => all.push([endMs, tally.sum(countOf("committed"))]),
    onPart: ({ endMs, tally }) => measured.push([endMs, tally.sum(countOf("committed"))]),
  });
  await recording.tick("warmup", 0);
  await recording.tick("measured", 1000);
  await recording.cut(1300);
  // What is asked for while it ends came after it.
  await Promise.all([recording.end(1800), recording.cut(1900)]);
  await recording.cut(2500);
  expect(measured).toEqual([
    [1000, 2],
    [1300, 2],
    [1800, 2],
  ]);
  expect(all).toEqual([...measured, [1900, 2], [2500, 2]]);
  expect(recording.measured.window(0, 1800).sum(countOf("committed"))).toBe(6);
});
