/** k6's only clock that knows less than a millisecond. It is the wall clock's: not monotonic. */
import exec from "k6/execution";

/**
 * Reading it through `exec` each time would make the whole of it anew, which takes ten times as long;
 * and in the init context there is none.
 */
let instance: typeof exec.instance | null = null;

/** Milliseconds since k6 began the test, the same for all sessions of a process. */
export function testMs(): number {
  instance ??= exec.instance;
  return instance.currentTestRunDuration;
}
