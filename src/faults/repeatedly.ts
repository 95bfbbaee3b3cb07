/** Doing something again and again for as long as a fault is in force. */
import { setTimeout as wait } from "node:timers/promises";
import type { ParameterLimits } from "../core/fault-text.ts";

/** The parameter `every` of a fault. */
export function everyParameter(
  defaultMs: number,
  help = "from one time to the next",
): ParameterLimits {
  return { unit: "ms", min: 10, max: 3_600_000, default: defaultMs, help };
}

/** At once, and then `everyMs` after each time that it was done. Rejects as soon as `work` does. */
export async function repeatedly(
  everyMs: number,
  over: AbortSignal,
  work: () => Promise<void>,
): Promise<void> {
  while (!over.aborted) {
    await work();
    // The only rejection is the end of the fault.
    await wait(everyMs, undefined, { signal: over }).catch(() => undefined);
  }
}
