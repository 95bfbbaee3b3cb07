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

/**
 * Sentences about faults of one name that would be in force at the same time: the second would find
 * the first one's changes, take them for what was there before, and put them back for good.
 */
export function overlapProblems(faults: readonly PlannedFault[]): readonly string[] {
  return faults.flatMap((fault, index) =>
    faults
      .slice(0, index)
      .filter((earlier) => earlier.name === fault.name && overlaps(earlier, fault))
      .map(
        (earlier) =>
          `${earlier.text} and ${fault.text} overlap: expected the same fault once at a time`,
      ),
  );
}

type Times = Pick<PlannedFault, "startMs" | "lengthMs">;

/** Whether both are in force at the same time. */
export function overlaps(one: Times, other: Times): boolean {
  return startOf(one) < endOf(other) && startOf(other) < endOf(one);
}

function startOf({ startMs }: Times): number {
  return startMs ?? Number.NEGATIVE_INFINITY;
}

function endOf({ startMs, lengthMs }: Times): number {
  return lengthMs === null ? Number.POSITIVE_INFINITY : (startMs ?? 0) + lengthMs;
}
