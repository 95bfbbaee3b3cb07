/**
 * A night: a suite's runs, each judged by itself and against the nights before. nightly.json has
 * schema loadgen.night/1, a line of the history loadgen.night-line/1: users' scripts rely on both.
 */
import type { ComparedFigure, ComparedVerdict } from "../compare/result.ts";
import type { Verdict } from "../core/verdict.ts";
import type { Figures } from "../run/figures.ts";

export interface Night {
  readonly schema: "loadgen.night/1";
  readonly loadgen: string;
  readonly suite: { readonly name: string; readonly file: string };
  /** When it began, ISO 8601. */
  readonly at: string;
  readonly lengthMs: number;
  /** The commit that was tested, where the environment names one. */
  readonly commit: string | null;
  /** Of all runs; each reason names its run. */
  readonly verdict: Verdict;
  /** In the suite's order. */
  readonly runs: readonly NightRun[];
  readonly history: {
    readonly file: string;
    /** Nights of this suite before this one. */
    readonly nights: number;
    /** Lines that are no night: cut short, or somebody else's. */
    readonly unreadable: number;
  };
  readonly notes: readonly string[];
}

export interface NightRun {
  readonly name: string;
  /** Beside nightly.json, such as "runs/01-closed-loop"; null: there is none. */
  readonly folder: string | null;
  readonly scenario: string;
  readonly variant: string | null;
  /** As written. */
  readonly faults: readonly string[];
  /** Of the run alone, as in its run.json; null: it was not made, or came to no end. */
  readonly verdict: Verdict | null;
  /** Why there is no verdict; else null. */
  readonly problem: string | null;
  /** The run that was invalid by chance, and that this one stands for. */
  readonly discarded: { readonly folder: string; readonly reason: string } | null;
  /** The figure by which it is judged. */
  readonly primary: string;
  /** Empty where they are no evidence. */
  readonly figures: Figures;
  readonly judgement: Judgement;
  /** When its figures moved, oldest first; a weak one last. */
  readonly moves: readonly Move[];
}

/** A run beside those of the same name on the same ground, of the nights before. */
export type Judgement =
  | { readonly kind: "not-judged"; readonly why: string }
  | {
      readonly kind: "judged";
      /** Of the primary figure, corrected for there being several runs a night (Holm). */
      readonly verdict: ComparedVerdict;
      readonly correctedP: number | null;
      /** How many nights it is held against, and how many equal runs tell beside them how much runs differ. */
      readonly nights: number;
      readonly remembered: number;
      /** The primary one first. */
      readonly figures: readonly ComparedFigure[];
      /** What differs from the night before beside what was measured; sentences. */
      readonly differences: readonly string[];
    };

/** A figure came to be another one, from one night on. */
export interface Move {
  readonly figure: string;
  readonly primary: boolean;
  /** The first night that had it, ISO 8601. */
  readonly at: string;
  /** How many nights ago that is; 0: tonight. */
  readonly nightsAgo: number;
  /** Geometric means. */
  readonly before: number;
  readonly after: number;
  readonly isWorse: boolean;
  /** One night alone has it yet: it judges nothing. */
  readonly isWeak: boolean;
}

export interface NightLine {
  readonly schema: "loadgen.night-line/1";
  readonly at: string;
  readonly suite: string;
  readonly loadgen: string;
  readonly commit: string | null;
  readonly exitCode: number;
  /** By name. */
  readonly runs: Readonly<Record<string, RunLine>>;
}

export interface RunLine {
  /** Absolute. */
  readonly folder: string;
  readonly exitCode: number;
  readonly variant: string | null;
  /** The same for runs that may be held against one another. */
  readonly ground: string;
  /** The same for equal runs. */
  readonly noiseKey: string;
  /** Empty where they are no evidence. */
  readonly figures: Figures;
  /** How the primary figure was judged that night; null: it was not. */
  readonly judged: ComparedVerdict | null;
}
