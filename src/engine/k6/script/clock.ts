/** k6's only clock that knows less than a millisecond. It is the wall clock's: not monotonic. */
import exec from "k6/execution";

/**
 * Reading it through `exec` each time would make the whole of it anew, which takes ten times as long;
 * and in the init context there is none.
 */
let instance: typeof exec.instance | null = null;

/** Of this session. */
let lastMs = 0;

/**
 * Milliseconds since k6 began the test, the same for all sessions of a process. Never less than before:
 * where the machine's clock is set back, time stands still until it has caught up.
 */
export function testMs(): number {
  instance ??= exec.instance;
  lastMs = Math.max(lastMs, instance.currentTestRunDuration);
  return lastMs;
}
