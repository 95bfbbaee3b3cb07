/**
 * A suspect is relieved, to see whether it is what limits: given more room, or, where that cannot be,
 * less. Pure.
 */
import { digits } from "./figures.ts";
import type { Mean } from "./ratio.ts";
import type { Suspect } from "./suspects.ts";

export interface Relief {
  readonly suspect: Suspect;
  /** Such as "the pool from 6 to 12 connections". */
  readonly changed: string;
  readonly direction: "wider" | "narrower";
  /** Transactions a second: as it was, as it had to become if the suspect is what limits, as it became. */
  readonly before: number;
  readonly predicted: number;
  readonly measured: number;
  /** Measured by before, with the noise between equal runs; null where one of the runs committed nothing. */
  readonly ratio: Mean | null;
}

/** Less than this is no relief: equal runs differ by as much on a machine that is not quiet. */
export const changeMin = 0.1;

/** Of what was predicted, so much must come. */
const shareOfPredictedMin = 0.5;

/** Whether throughput went where it had to go, beyond the noise. */
export function effectOf(relief: Relief): "confirmed" | "partial" | "none" {
  const { before, predicted, measured, ratio, direction } = relief;
  if (ratio === null) return "none";
  const isWider = direction === "wider";
  const isBeyondNoise = isWider ? ratio.low > 1 : ratio.high < 1;
  const change = isWider ? ratio.mean - 1 : 1 - ratio.mean;
  if (!isBeyondNoise || change < changeMin) return "none";
  const expected = isWider ? predicted - before : before - predicted;
  const isAsPredicted = Math.abs(measured - before) >= shareOfPredictedMin * expected;
  return isAsPredicted ? "confirmed" : "partial";
}

const effectTexts = {
  confirmed: "as predicted",
  partial: "in part",
  none: "no change beyond the noise between equal runs",
} as const;

export function reliefText(relief: Relief): string {
  const { changed, before, predicted, measured } = relief;
  const figures = `${digits(before)} transactions a second before, ${digits(predicted)} predicted, ${digits(measured)} measured`;
  return `${changed}: ${figures}, ${effectTexts[effectOf(relief)]}`;
}
