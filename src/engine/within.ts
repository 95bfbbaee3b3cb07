/** Waiting for something, and for no longer than a time. */
import { setTimeout as wait } from "node:timers/promises";

/** Null: it takes longer. */
export async function within<T>(ms: number, promise: Promise<T>): Promise<T | null> {
  const over = new AbortController();
  const late = wait(ms, null, { signal: over.signal }).catch(() => null);
  try {
    return await Promise.race([promise, late]);
  } finally {
    over.abort();
  }
}
