/**
 * Was more offered to an open loop than was served? Then the queue of arrivals grows for as long as
 * the run lasts, and its latencies tell how long the run was, not how fast the server is.
 */

export interface Overload {
  /** Planned arrivals that were due at the end of the measured time and had not started. */
  readonly waitingAtEnd: number;
}

export interface Offered {
  readonly sessions: number;
  /** Planned arrivals that were due within the measured time. */
  readonly offered: number;
  /**
   * How many of them were due and had not started, since all sessions were busy: at each full
   * second, and at the end of the measured time (one value where the two fall together).
   */
  readonly waiting: readonly number[];
}

/** A queue no longer than this share of all that was offered is a hiccup: 1 % of the run works it off. */
const offeredShareMax = 0.01;

/**
 * A queue that grows evenly from nothing is 1.67 times as long in the last third as in the middle
 * one; one that has settled wanders by less than this.
 */
const growthMin = 1.2;

/** With fewer values than thirds the length of the queue decides alone. */
const thirds = 3;

/**
 * Null: not overloaded. An outage that was worked off leaves no queue or a shrinking one, and one of
 * the last second (of five or more) does not reach a median. What happened for most of the last
 * third, and goes on, cannot be told from overload.
 */
export function overloadOf({ sessions, offered, waiting }: Offered): Overload | null {
  // No value: nothing was measured, which is for others to judge.
  const waitingAtEnd = waiting.at(-1) ?? 0;
  // As many as there are sessions wait for about one transaction each.
  if (waitingAtEnd <= sessions) return null;
  if (waitingAtEnd <= offeredShareMax * offered) return null;
  return hasGrown(waiting) ? { waitingAtEnd } : null;
}

function hasGrown(waiting: readonly number[]): boolean {
  if (waiting.length < thirds) return true;
  const length = Math.round(waiting.length / thirds);
  const middle = lowerMedian(waiting.slice(-2 * length, -length));
  const last = lowerMedian(waiting.slice(-length));
  // Long in the last third, but shorter by its end: what an outage left is being worked off.
  return last > growthMin * middle && (waiting.at(-1) ?? 0) >= last;
}

/** Of an even number of values the lower one in the middle: of two, a sudden last one must not decide. */
function lowerMedian(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.ceil(sorted.length / 2) - 1] ?? 0;
}
