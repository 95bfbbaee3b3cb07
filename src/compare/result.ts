/** compare.json, schema loadgen.compare/1: what users' scripts rely on. */
import type { Verdict } from "../core/verdict.ts";
import type { FigureKind } from "../run/figures.ts";

/** Unstable: the noise is too large to see a change that would matter. */
export type ComparedVerdict = "same" | "faster" | "slower" | "unstable";

/** One figure of both sides. Means are geometric, since noise is proportional. */
export interface ComparedFigure {
  readonly name: string;
  readonly unit: FigureKind["unit"];
  readonly better: FigureKind["better"];
  /** By this one the comparison is judged. */
  readonly primary: boolean;
  readonly baseline: number;
  readonly candidate: number;
  /** Candidate by baseline, with its 95 % interval; without one where nothing tells how much runs differ. */
  readonly ratio: number;
  readonly low: number | null;
  readonly high: number | null;
  /** The chance of a ratio at least as far from 1 between equal runs; null likewise. */
  readonly p: number | null;
  /** Corrected for there being several figures (Holm); of the primary one it is `p`. */
  readonly correctedP: number | null;
  /** The smallest change that matters, as a share: of 0.05 a ratio above 1.05, or below 1 / 1.05. */
  readonly margin: number;
  /** The standard deviation of equal runs, as a share (of the logarithms); null where `low` is. */
  readonly deviation: number | null;
  /** Faster is better, whatever the figure. */
  readonly verdict: ComparedVerdict;
  /** Of each run, in the order of its side's folders. */
  readonly runs: { readonly baseline: readonly number[]; readonly candidate: readonly number[] };
}

export interface ComparedSide {
  /** Such as "variant current"; the last part of the folders' paths where nothing else is known. */
  readonly name: string;
  readonly folders: readonly string[];
}

export interface Comparison {
  readonly schema: "loadgen.compare/1";
  /** Of the primary figure. */
  readonly verdict: ComparedVerdict;
  /** What it means for whoever runs it: 98 if slower, 93 if unstable, 97 if a run is no evidence. */
  readonly judgement: Verdict;
  readonly baseline: ComparedSide;
  readonly candidate: ComparedSide;
  /** From how many runs it is known how much equal runs differ: those compared, and those remembered. */
  readonly noise: { readonly compared: number; readonly remembered: number };
  /** The primary one first. */
  readonly metrics: readonly ComparedFigure[];
  /** What differs between the sides beside what was measured, and within a side; sentences. */
  readonly comparability: readonly string[];
}
