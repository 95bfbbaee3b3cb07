/** The stretches of the measured time around one fault. */
import type { PlannedFault } from "./plan.ts";

export const windowNames = ["baseline", "fault", "recovery"] as const;

export type WindowName = (typeof windowNames)[number];

/**
 * Which windows a fault has: no baseline if it is there from the start, no recovery if it stays to
 * the end. `durationMs` null: the run ends when its transactions are done, which no plan can know;
 * nor when a side task is done, which is expected to leave time for a recovery.
 */
export function windowsOf(fault: PlannedFault, durationMs: number | null): readonly WindowName[] {
  const { startMs, lengthMs, endsByItself } = fault;
  const endMs = lengthMs === null && !endsByItself ? null : (startMs ?? 0) + (lengthMs ?? 0);
  const recovers = endMs !== null && (durationMs === null || endMs < durationMs);
  return windowNames.filter(
    (name) =>
      name === "fault" || (name === "baseline" ? startMs !== null && startMs > 0 : recovers),
  );
}

/**
 * Sentences about faults that would change the same thing at the same time: the second would find
 * the first one's changes, take them for what was there before, and put them back for good.
 * @param whatOf what a fault changes; without it each changes what others of its name do.
 */
export function overlapProblems(
  faults: readonly PlannedFault[],
  whatOf: (fault: PlannedFault) => string = ({ name }) => name,
): readonly string[] {
  return faults.flatMap((fault, index) =>
    faults
      .slice(0, index)
      // Nobody knows how long a side task takes: the next one of its name waits for it.
      .filter((earlier) => !(earlier.endsByItself && fault.endsByItself))
      .filter((earlier) => whatOf(earlier) === whatOf(fault) && overlaps(earlier, fault))
      .map((earlier) =>
        earlier.name === fault.name
          ? `${earlier.text} and ${fault.text} overlap: expected the same fault once at a time`
          : `${earlier.text} and ${fault.text} overlap: expected one of them at a time, since both change ${whatOf(fault)}`,
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
