/**
 * Names what limits a load, from measurements and from what relieving the suspects brought: where
 * the queue forms is not what limits. Pure; it sees neither options nor names of faults.
 */
import { cpuUtilisation } from "./demands.ts";
import type { Measurements } from "./measurements.ts";
import { digits } from "./figures.ts";
import { missingBackends, partsOf } from "./parts.ts";
import { effectOf, type Relief, reliefText } from "./relief.ts";
import { fullMin, labelOf, type Suspect, type SuspectKind, suspectsOf } from "./suspects.ts";

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

function withoutRelief(
  seen: Measurements,
  suspects: readonly Suspect[],
  reliefs: readonly Relief[],
): Pick<LimitedBy, "kind" | "relief" | "suspected"> {
  const tried = reliefs.map(({ suspect }) => labelOf(suspect));
  const relief = reliefs.at(-1);
  const figures = relief === undefined ? null : figuresOf(relief);
  // A machine's cores cannot be widened: so full, and nothing else found to limit, they are named without.
  const isFull = (cpuUtilisation(seen) ?? 0) >= fullMin;
  const open = suspects.filter((one) => !tried.includes(labelOf(one)));
  const others = open.filter(({ kind }) => kind !== "cpu");
  if (isFull && !tried.includes("cpu") && others.length === 0) {
    return { kind: "cpu", relief: figures, suspected: null };
  }
  if (mayLackCores(seen)) return { kind: "unknown", relief: figures, suspected: "cpu" };
  if (suspects.length === 0) return { kind: "none", relief: null, suspected: null };
  return { kind: "unknown", relief: figures, suspected: open[0]?.kind ?? null };
}

/** On a machine that cannot be looked at: most sessions run and wait for nothing, as far as the server knows. */
export function mayLackCores(seen: Measurements): boolean {
  const [largest] = partsOf(seen);
  return seen.host === null && largest?.kind === "cpu";
}

function unshown(seen: Measurements, suspects: readonly Suspect[], told: string): string {
  const { host } = seen;
  const parts = [
    ...(told === "" ? [] : [told]),
    ...(host === null ? [] : [`${digits(host.busyCores)} of ${host.cores} cores were busy`]),
    ...(mayLackCores(seen) ? [remoteText] : []),
    ...(suspects.length === 0 && !mayLackCores(seen) ? ["nothing was found at its limit"] : []),
  ];
  return parts.join("; ");
}

export const remoteText =
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

function figuresOf({ changed, before, predicted, measured }: Relief): LimitedBy["relief"] {
  return {
    changed,
    before: rounded(before),
    predicted: rounded(predicted),
    measured: rounded(measured),
  };
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
