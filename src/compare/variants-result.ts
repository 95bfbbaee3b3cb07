/** variants.json, schema loadgen.variants/1: what users' scripts rely on. */
import type { Verdict } from "../core/verdict.ts";
import type { FigureKind } from "../run/figures.ts";

/** Same: the whole interval is too small to matter. Unclear: neither that nor a change for certain, or the figure was not measured. */
export type VariantVerdict = "better" | "worse" | "same" | "unclear";

/** A figure of a variant against that of the first, round by round. */
export interface VariantChange {
  /**
   * `ratio`: variant by first, where the figure is above 0 of all variants in all complete rounds;
   * `difference`: variant less first, in the figure's unit, where it is not.
   */
  readonly kind: "ratio" | "difference";
  readonly value: number;
  /** Its 95 % interval; null: too few rounds tell how much it differs from round to round. */
  readonly low: number | null;
  readonly high: number | null;
  /** The chance of a change at least as large between equal variants; null likewise. */
  readonly p: number | null;
  /** Corrected for there being several variants (Holm). */
  readonly correctedP: number | null;
  /** The smallest change that matters: a share of a ratio (0.05: above 1.05, or below 1 / 1.05), else in the unit. */
  readonly matters: number;
  /** How many rounds are complete: all have the figure in them, but for variants that never have it. */
  readonly rounds: number;
}

export interface FigureOfVariant {
  readonly variant: string;
  /** Over complete rounds: geometric for ratios, else arithmetic; null: it was measured in none. */
  readonly mean: number | null;
  /** The mean's 95 % interval; null: too few rounds. */
  readonly low: number | null;
  readonly high: number | null;
  /** Of each round; null: not measured. */
  readonly values: readonly (number | null)[];
  /** Null: the first itself; or nothing to hold against it, and then the verdict is unclear. */
  readonly change: VariantChange | null;
  /** Null: the first itself. */
  readonly verdict: VariantVerdict | null;
  /** Why it is unclear, in a sentence; null: it is not. */
  readonly why: string | null;
}

export interface VariantsFigure {
  readonly name: string;
  readonly unit: FigureKind["unit"];
  readonly better: FigureKind["better"];
  /** What the verdict's sentence is about: throughput in a closed loop, p99 in an open one. */
  readonly primary: boolean;
  /** In the order of the result's variants. */
  readonly variants: readonly FigureOfVariant[];
}

export interface ComparedVariant {
  /** As the command line has it, such as "differential+fillfactor-85". */
  readonly name: string;
  /** What it does otherwise beside being faster or slower, a sentence each. */
  readonly differs: readonly string[];
  /** How many rows each of its tables begins with. */
  readonly rows: Readonly<Record<string, number>>;
  /** The run's folder of each round, from this file's own; null: there is none. */
  readonly folders: readonly (string | null)[];
}

export interface VariantsResult {
  readonly schema: "loadgen.variants/1";
  readonly verdict: Verdict;
  readonly scenario: string;
  readonly seed: number;
  /** Of those planned, how many have a run of every variant. */
  readonly rounds: { readonly planned: number; readonly complete: number };
  /** The first is the one that the others are held against. */
  readonly variants: readonly ComparedVariant[];
  /** The primary one first; those that no run has are left out. */
  readonly figures: readonly VariantsFigure[];
  /** In what else they differ, and what differs within one; sentences. */
  readonly comparability: readonly string[];
}
