/**
 * An undo gets more than one try: a lock that somebody holds and a connection that was ended pass.
 * But it does not get for ever, for somebody waits for the run to end.
 */
import { setTimeout as wait } from "node:timers/promises";
import type { FaultTarget } from "./fault.ts";

const triesMax = 4;
/** Long enough for a server that restarts to be back by the last try. */
const pauseMs = 1000;
/** Several waits for a lock; what is under way then may still take its own timeout. */
const totalMsMax = 30_000;

/**
 * @param undo may be done again after half of it failed, whatever the failure was.
 * @throws the failure of the last try.
 */
export async function undoPatiently(
  target: FaultTarget,
  undo: (target: FaultTarget) => Promise<void>,
): Promise<void> {
  const endMs = performance.now() + totalMsMax;
  const limited = limitedUntil(endMs, target);
  for (let tries = 1; ; tries++) {
    try {
      await undo(limited);
      return;
    } catch (error) {
      if (tries === triesMax || performance.now() + pauseMs >= endMs) throw error;
    }
    await wait(pauseMs);
  }
}

/** Many statements, each within its own timeout, would be too long together. */
function limitedUntil(endMs: number, target: FaultTarget): FaultTarget {
  return {
    query(sql, parameters) {
      if (performance.now() < endMs) return target.query(sql, parameters);
      return Promise.reject(new Error(`not tried: the undo took ${totalMsMax / 1000} s already`));
    },
  };
}
