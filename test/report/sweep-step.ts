/** Pieces of results of sweeps that never were. */
import type { Knee } from "../../src/scaling/hinge.ts";
import type { EdgeFigure } from "../../src/scaling/measurements.ts";
import type { Part } from "../../src/scaling/parts.ts";
import type { SweepStep } from "../../src/sweep/result.ts";
import { noLatency } from "./latencies.ts";

type Places = readonly (readonly [Part["kind"], string | null, isWaiting: boolean, number])[];

/** Of these sessions, largest first. */
export function partsOf(places: Places): Part[] {
  const all = places.reduce((sum, [, , , sessions]) => sum + sessions, 0);
  return places
    .filter(([, , , sessions]) => sessions > 0)
    .map(([kind, name, isWaiting, sessions]) => ({
      kind,
      name,
      isWaiting,
      sessions,
      share: sessions / all,
    }))
    .sort((one, other) => other.sessions - one.sessions);
}

/** A hinge without noise: throughput as the sessions up to the knee, and level beyond. */
export function kneeWith(
  { sessions, low, high }: Omit<Knee, "fit">,
  { perSecond, counts }: { readonly perSecond: number; readonly counts: readonly number[] },
): Knee {
  const places = [...new Set([...counts, sessions])].sort((one, other) => one - other);
  const fit = places.map((place) => ({
    sessions: place,
    perSecond: perSecond * Math.min(1, place / sessions),
  }));
  return { sessions, low, high, fit };
}

export function stepWith(sessions: number, perSecond: number, given: Partial<SweepStep> = {}) {
  const meanUs = Math.round((sessions / perSecond) * 1_000_000);
  const step: SweepStep = {
    sessions,
    perSecond,
    low: perSecond * 0.98,
    high: perSecond * 1.02,
    runs: [0.99, 1.01].map((factor, index) => ({
      perSecond: perSecond * factor,
      folder: `runs/00${index + 1}-${sessions}-sessions`,
      exitCode: 0,
    })),
    latencyUs: { ...noLatency, mean: meanUs, p50: meanUs, p99: Math.round(meanUs * 1.4) },
    poolWaitUs: noLatency,
    busySessions: { mean: sessions, max: sessions },
    activeSessions: { mean: sessions / 8, max: sessions },
    backendsMax: sessions,
    waits: [],
    edges: [],
    parts: [],
    gates: [],
    host: null,
    drift: 0,
    ...given,
  };
  return step;
}

export function edge(blocked: string, blocker: string, sessions: number): EdgeFigure {
  return { blocked, blocker, relation: "dms.document", sessions };
}
