/**
 * Names what limits a load, from measurements and from what relieving the suspects brought: where
 * the queue forms is not what limits. Pure; it sees neither options nor names of faults.
 */
import { cpuUtilisation } from "./demands.ts";
import type { Measurements } from "./measurements.ts";
import { missingBackends, partsOf } from "./parts.ts";
import type { Mean } from "./ratio.ts";
import { type Suspect, type SuspectKind, suspectsOf } from "./suspects.ts";

export type LimitKind = SuspectKind | "generator" | "mixed" | "none" | "unknown";

export interface LimitedBy {
  readonly kind: LimitKind;
  /** Which one of its kind, such as a gate; null where there is only one. */
  readonly name: string | null;
  /** The suspects by kind, or kind and name: how much of each is in use, or waits for it; 1 is all. */
  readonly shares: Readonly<Record<string, number>>;
  /** What was widened and what came of it, in transactions a second; null where nothing was. */
  readonly relief: {
    readonly changed: string;
    readonly before: number;
    readonly predicted: number;
    readonly measured: number;
  } | null;
  /** What it may be where no relief has shown it; else null. */
  readonly suspected: SuspectKind | null;
  /** Why, in sentences. */
  readonly evidence: string;
}

/** A suspect was given more room, or, where that cannot be, less; and what came of it. */
export interface Relief {
  readonly suspect: Suspect;
  /** Such as "the pool from 6 to 12 connections". */
  readonly changed: string;
  /** Transactions a second: as it was, as it had to become if the suspect is what limits, as it became. */
  readonly before: number;
  readonly predicted: number;
  readonly measured: number;
  /** Measured by before, with the noise between equal runs; null where one of the runs committed nothing. */
  readonly ratio: Mean | null;
}

/** `reliefs`: in the order tried. */
export function limitOf(seen: Measurements, reliefs: readonly Relief[]): LimitedBy {
  const suspects = suspectsOf(seen);
  const shares = Object.fromEntries(suspects.map((one) => [labelOf(one), rounded(one.weight)]));
  const unnamed = { name: null, shares, relief: null, suspected: null };
  const generator = generatorEvidence(seen);
  if (generator !== null) return { ...unnamed, kind: "generator", evidence: generator };
  const shown = reliefs.find((one) => effectOf(one) === "confirmed");
  const partial = reliefs.find((one) => effectOf(one) === "partial");
  const told = reliefs.map(reliefText).join("; ");
  if (shown !== undefined) {
    const { kind, name } = shown.suspect;
    return { kind, name, shares, relief: figuresOf(shown), suspected: null, evidence: told };
  }
  if (partial !== undefined) {
    const evidence = `${told}: less than half of what it would bring if nothing else limited`;
    return { ...unnamed, kind: "mixed", relief: figuresOf(partial), evidence };
  }
  return {
    ...unnamed,
    ...withoutRelief(seen, suspects, reliefs),
    evidence: unshown(seen, suspects, told),
  };
}

/** A machine's cores cannot be widened: so full, and nothing else found to limit, they are named without. */
const fullMin = 0.9;

function withoutRelief(
  seen: Measurements,
  suspects: readonly Suspect[],
  reliefs: readonly Relief[],
): Pick<LimitedBy, "kind" | "relief" | "suspected"> {
  const tried = reliefs.map(({ suspect }) => suspect.kind);
  const relief = reliefs.at(-1);
  const figures = relief === undefined ? null : figuresOf(relief);
  const isFull = (cpuUtilisation(seen) ?? 0) >= fullMin;
  if (isFull && !tried.includes("cpu")) return { kind: "cpu", relief: figures, suspected: null };
  if (mayLackCores(seen)) return { kind: "unknown", relief: figures, suspected: "cpu" };
  if (suspects.length === 0) return { kind: "none", relief: null, suspected: null };
  const [open] = suspects.filter(({ kind }) => !tried.includes(kind));
  return { kind: "unknown", relief: figures, suspected: open?.kind ?? null };
}

/** On a machine that cannot be looked at: most sessions run and wait for nothing, as far as the server knows. */
function mayLackCores(seen: Measurements): boolean {
  const [largest] = partsOf(seen);
  return seen.host === null && largest?.kind === "cpu";
}

function unshown(seen: Measurements, suspects: readonly Suspect[], told: string): string {
  const cpu = cpuUtilisation(seen);
  const cores =
    seen.host === null
      ? null
      : `${digits(seen.host.busyCores)} of ${seen.host.cores} cores were busy`;
  const parts = [
    ...(told === "" ? [] : [told]),
    ...(cpu !== null && cores !== null ? [cores] : []),
    ...(mayLackCores(seen) ? [remoteText] : []),
    ...(suspects.length === 0 && !mayLackCores(seen) ? ["nothing was found at its limit"] : []),
  ];
  return parts.join("; ");
}

const remoteText =
  "inferred: most sessions were running and waited for nothing; whether each had a core cannot be seen from here";

/**
 * The generator limits where fewer backends are there than it believes to use, which some pool or
 * socket limit between them holds back, or where it is itself too slow.
 */
function generatorEvidence(seen: Measurements): string | null {
  const { client, backendsMax } = seen;
  if (client === null) return null;
  if (missingBackends(seen) > 0) {
    const used = Math.min(client.sessions, client.connectionsInUseMax);
    return (
      `${used} connections were in use at a time by the generator's own account, but the server never had more than ` +
      `${backendsMax} backends: something between them, which nobody declared, holds the others back`
    );
  }
  return client.doubts[0] ?? null;
}

/** Less than this is no relief: equal runs differ by as much on a machine that is not quiet. */
const changeMin = 0.1;

/** Of what was predicted, so much must come. */
const shareOfPredictedMin = 0.5;

/** Whether throughput went where it had to go, beyond the noise. */
export function effectOf({
  before,
  predicted,
  measured,
  ratio,
}: Relief): "confirmed" | "partial" | "none" {
  if (ratio === null) return "none";
  const isRise = predicted >= before;
  const isBeyondNoise = isRise ? ratio.low > 1 : ratio.high < 1;
  const change = isRise ? ratio.mean - 1 : 1 - ratio.mean;
  if (!isBeyondNoise || change < changeMin) return "none";
  const isAsPredicted = (measured - before) / (predicted - before) >= shareOfPredictedMin;
  return isAsPredicted ? "confirmed" : "partial";
}

const effectTexts = {
  confirmed: "as predicted",
  partial: "in part",
  none: "no change beyond the noise between equal runs",
} as const;

function reliefText(relief: Relief): string {
  const { changed, before, predicted, measured } = relief;
  const figures = `${digits(before)} transactions a second before, ${digits(predicted)} predicted, ${digits(measured)} measured`;
  return `${changed}: ${figures}, ${effectTexts[effectOf(relief)]}`;
}

function figuresOf({ changed, before, predicted, measured }: Relief): LimitedBy["relief"] {
  return {
    changed,
    before: rounded(before),
    predicted: rounded(predicted),
    measured: rounded(measured),
  };
}

function labelOf({ kind, name }: Suspect): string {
  return name === null ? kind : `${kind}:${name}`;
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function digits(value: number): string {
  return String(Number(value.toPrecision(3)));
}
