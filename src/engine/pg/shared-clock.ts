/** A clock that all threads of a process read alike: where performance.now() begins is each thread's own affair. */

/** Milliseconds since some moment in the past, the same for all threads. */
export function sharedNowMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}

/** One of them is read while nothing else ran on this thread's core. */
const tries = 20;

/** What this thread's performance.now() lacks of the shared clock, to about a microsecond. */
export function sharedOffsetMs(): number {
  let closestMs = Number.POSITIVE_INFINITY;
  let offsetMs = 0;
  for (let attempt = 0; attempt < tries; attempt++) {
    const beforeMs = performance.now();
    const sharedMs = sharedNowMs();
    const afterMs = performance.now();
    if (afterMs - beforeMs >= closestMs) continue;
    closestMs = afterMs - beforeMs;
    offsetMs = sharedMs - (beforeMs + afterMs) / 2;
  }
  return offsetMs;
}
