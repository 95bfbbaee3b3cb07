/** The stretches of the measured time around one fault. */
import type { PlannedFault } from "./plan.ts";

export const windowNames = ["baseline", "fault", "recovery"] as const;

export type WindowName = (typeof windowNames)[number];

/**
 * Which windows a fault has: no baseline if it is there from the start, no recovery if it stays to
 * the end. `durationMs` null: the run ends when its transactions are done, which no plan can know.
 */
export function windowsOf(fault: PlannedFault, durationMs: number | null): readonly WindowName[] {
  const { startMs, lengthMs } = fault;
  const endMs = lengthMs === null ? null : (startMs ?? 0) + lengthMs;
  const recovers = endMs !== null && (durationMs === null || endMs < durationMs);
  return windowNames.filter(
    (name) =>
      name === "fault" || (name === "baseline" ? startMs !== null && startMs > 0 : recovers),
  );
}
