import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { SessionConnection } from "../../../src/engine/pg/session-connection.ts";
import { timeoutCode, Watchdog } from "../../../src/engine/pg/watchdog.ts";

/** A connection that does nothing but note when it is dropped, and why. */
interface Noted extends SessionConnection {
  readonly dropped: { readonly atMs: number; readonly kind: string; readonly code: string }[];
}

function connection(): Noted {
  const dropped: { atMs: number; kind: string; code: string }[] = [];
  return {
    dropped,
    alive: true,
    transactionsEnded: 0,
    perform: () => Promise.resolve([]),
    rename: () => Promise.resolve(),
    abandon: (kind, code) => dropped.push({ atMs: performance.now(), kind, code }),
  };
}

const timeoutMs = 100;

function newWatchdog(): Watchdog {
  const watchdog = new Watchdog(timeoutMs);
  onTestFinished(() => watchdog.close());
  return watchdog;
}

/** A start so long ago that its time is up. */
const longAgoMs = () => performance.now() - 1000;

/** A start whose time is not up while a test lasts. */
const notYetMs = () => performance.now() + 3_600_000;

async function untilDropped(...watched: readonly Noted[]): Promise<void> {
  await vi.waitUntil(() => watched.every(({ dropped }) => dropped.length > 0), { timeout: 10_000 });
}

describe("a watchdog", () => {
  it("drops the connection of a transaction that takes too long, once, and not before", async () => {
    const watchdog = newWatchdog();
    const slow = connection();
    const startMs = performance.now();
    watchdog.watch().begin(slow, startMs);
    await untilDropped(slow);
    expect(slow.dropped[0]).toMatchObject({ kind: "timeout", code: timeoutCode });
    expect(slow.dropped[0]?.atMs).toBeGreaterThanOrEqual(startMs + timeoutMs);
    const other = connection();
    watchdog.watch().begin(other, longAgoMs());
    await untilDropped(other);
    expect(slow.dropped).toHaveLength(1);
  });

  it("tells it by a code of its own", () => {
    expect(timeoutCode).toBe("client-timeout");
  });

  it("leaves alone those that are within their time, or over", async () => {
    const watchdog = newWatchdog();
    const [over, late, within] = [connection(), connection(), connection()];
    const ended = watchdog.watch();
    ended.begin(over, longAgoMs());
    ended.end();
    watchdog.watch().begin(late, longAgoMs());
    watchdog.watch().begin(within, notYetMs());
    await untilDropped(late);
    expect(over.dropped).toEqual([]);
    expect(within.dropped).toEqual([]);
  });

  it("drops all whose time is up", async () => {
    const watchdog = newWatchdog();
    const watched = [connection(), connection(), connection()];
    for (const one of watched) watchdog.watch().begin(one, longAgoMs());
    await untilDropped(...watched);
  });

  it("gives each transaction on a connection its own time", async () => {
    const watchdog = newWatchdog();
    const [again, late] = [connection(), connection()];
    const watch = watchdog.watch();
    watch.begin(again, longAgoMs());
    watch.end();
    watchdog.watch().begin(late, longAgoMs());
    watch.begin(again, notYetMs());
    await untilDropped(late);
    expect(again.dropped).toEqual([]);
  });

  it("drops nothing any more once it is closed", async () => {
    const closed = new Watchdog(timeoutMs);
    const [left, late] = [connection(), connection()];
    closed.watch().begin(left, longAgoMs());
    closed.close();
    newWatchdog().watch().begin(late, longAgoMs());
    await untilDropped(late);
    expect(left.dropped).toEqual([]);
  });
});
