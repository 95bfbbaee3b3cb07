/** Before the first transaction: what setting up has left behind is not collected while measuring. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * Collects all garbage of this thread, for some milliseconds. The heap then also grows from what is
 * alive and not from what loading a world and opening a thousand connections took in between.
 */
export function collectGarbage(): void {
  // The only way to V8's collector from inside; the flag takes effect on contexts made after it.
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}
