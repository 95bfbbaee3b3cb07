/**
 * Drops what a transaction runs on if that takes longer than the plan allows. One timer looks after
 * all of them: a timer each would cost more than the rest of a transaction's bookkeeping.
 */
import type { LentConnection } from "./session-connection.ts";

/** The code of a transaction that took longer than the plan allows one to take at the client. */
export const timeoutCode = "client-timeout";

/** How much later than its limit a transaction may be noticed: this share of it, within bounds. */
const lateness = 0.01;
const periodMsMin = 1;
const periodMsMax = 100;

/** What is dropped: the connection of a transaction, or the request to a modelled service that it is. */
type Watched = Pick<LentConnection, "abandon">;

/** Of one session. */
export class Watch {
  readonly #timeoutMs: number;
  #watched: Watched | null = null;
  #deadlineMs = Number.POSITIVE_INFINITY;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** A transaction begins, at this time of performance.now(). */
  begin(watched: Watched, nowMs: number): void {
    this.#watched = watched;
    this.#deadlineMs = nowMs + this.#timeoutMs;
  }

  /** It is over. */
  end(): void {
    this.#deadlineMs = Number.POSITIVE_INFINITY;
  }

  /** Drops it if its transaction should be over. */
  look(nowMs: number): void {
    if (nowMs < this.#deadlineMs) return;
    this.end();
    this.#watched?.abandon("timeout", timeoutCode);
  }
}

export class Watchdog {
  readonly #timeoutMs: number;
  readonly #timer: NodeJS.Timeout;
  readonly #watches: Watch[] = [];

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
    const periodMs = Math.min(periodMsMax, Math.max(periodMsMin, timeoutMs * lateness));
    this.#timer = setInterval(() => {
      const nowMs = performance.now();
      for (const watch of this.#watches) watch.look(nowMs);
    }, periodMs);
  }

  /** For a session, one transaction at a time. */
  watch(): Watch {
    const watch = new Watch(this.#timeoutMs);
    this.#watches.push(watch);
    return watch;
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
