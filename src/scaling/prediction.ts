/** What throughput should become if a suspect is what limits, and is widened or narrowed. Pure. */
import { demandsOf } from "./demands.ts";
import type { Measurements } from "./measurements.ts";
import { partsOf, sessionsInFlight } from "./parts.ts";
import type { Suspect } from "./suspects.ts";

/**
 * Transactions a second once there is `factor` times as much of the suspect: as much more, unless
 * another resource is used up before, or the sessions are too few to ask for more.
 */
export function predictedWider(seen: Measurements, suspect: Suspect, factor: number): number {
  const { perSecond } = seen;
  const own = suspect.kind === "service-gate" ? suspect.name : suspect.kind;
  const others = demandsOf(seen)
    .filter(({ resource }) => resource !== own)
    .map(({ seconds }) => 1 / seconds);
  const widened = (perSecond / Math.min(1, suspect.weight)) * factor;
  return Math.min(widened, ...others, sessionsAllow(seen, suspect));
}

/** Transactions a second if the server, which uses so many cores now, is left with `cores`. */
export function predictedOnCores(perSecond: number, serverCores: number, cores: number): number {
  return serverCores <= cores ? perSecond : (perSecond * cores) / serverCores;
}

/** As many as all sessions get done if none of them waits for the suspect any more. */
function sessionsAllow(seen: Measurements, suspect: Suspect): number {
  const inFlight = sessionsInFlight(seen);
  if (inFlight === null || seen.client === null) return Number.POSITIVE_INFINITY;
  const waiting = partsOf(seen)
    .filter(
      ({ kind, name, isWaiting }) =>
        isWaiting && kind === suspect.kind && (kind !== "service-gate" || name === suspect.name),
    )
    .reduce((sum, { sessions }) => sum + sessions, 0);
  const cycleMs =
    (seen.client.latencyMs * (inFlight - Math.min(waiting, inFlight))) / inFlight +
    seen.client.thinkMs;
  return cycleMs === 0 ? Number.POSITIVE_INFINITY : (seen.client.sessions * 1000) / cycleMs;
}
