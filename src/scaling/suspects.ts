/** What may limit a load, by its measurements: each is then relieved, to see whether it did. Pure. */
import { cpuUtilisation, type Demand, demandsOf, poolUtilisation } from "./demands.ts";
import type { Measurements } from "./measurements.ts";
import { type Part, type PartKind, partsOf } from "./parts.ts";

export type SuspectKind =
  "pool" | "service-gate" | "lock" | "internal-lock" | "cpu" | "io" | "network";

export interface Suspect {
  readonly kind: SuspectKind;
  /** A gate, a relation, an event; null where there is only one. */
  readonly name: string | null;
  /** How much of it is in use, 1 is all; where it has no capacity of its own, the share of sessions that wait for it. */
  readonly weight: number;
}

/** Below this share of its capacity in use a pool or a gate has room left: they fill and empty by chance. */
export const saturatedMin = 0.8;

/** And cores: what uses fewer of them is held up by something else. */
export const fullMin = 0.9;

/** Where fewer of the sessions wait than this, no capacity is missing. */
const waitingShareMin = 0.1;

/** Such as "pool", "service-gate:cores". */
export function labelOf({ kind, name }: Suspect): string {
  return name === null ? kind : `${kind}:${name}`;
}

/** Heaviest first. */
export function suspectsOf(seen: Measurements): readonly Suspect[] {
  const parts = partsOf(seen);
  const suspects = [
    ...saturated({ kind: "pool", name: null }, poolUtilisation(seen)),
    ...saturated({ kind: "cpu", name: null }, cpuUtilisation(seen), fullMin),
    ...gateDemands(seen).flatMap(({ resource, utilisation }) =>
      saturated({ kind: "service-gate", name: resource }, utilisation),
    ),
    ...(["lock", "internal-lock", "io", "network"] as const).flatMap((kind) => queued(kind, parts)),
  ];
  return suspects.sort((one, other) => other.weight - one.weight);
}

/** The gates of the modelled service by how much of their capacity is in use, fullest first. */
export function gateDemands(seen: Measurements): readonly Demand[] {
  const gates = seen.gates.map(({ name }) => name);
  return demandsOf(seen).filter(({ resource }) => gates.includes(resource));
}

function saturated(
  suspect: Omit<Suspect, "weight">,
  weight: number | null,
  weightMin = saturatedMin,
): readonly Suspect[] {
  return weight === null || weight < weightMin ? [] : [{ ...suspect, weight }];
}

function queued(kind: SuspectKind & PartKind, parts: readonly Part[]): readonly Suspect[] {
  const those = parts.filter((part) => part.kind === kind && part.isWaiting);
  const weight = those.reduce((sum, { share }) => sum + share, 0);
  return weight < waitingShareMin ? [] : [{ kind, name: those[0]?.name ?? null, weight }];
}
