/**
 * Drops the connection of a transaction that takes longer than the plan allows. One timer looks
 * after all of them: a timer each would cost more than the rest of a transaction's bookkeeping.
 */
import type { SessionConnection } from "./session-connection.ts";

/** The code of a transaction that took longer than the plan allows one to take at the client. */
export const timeoutCode = "client-timeout";

/** How much later than its limit a transaction may be noticed: this share of it, within bounds. */
const lateness = 0.01;
const periodMsMin = 1;
const periodMsMax = 100;

export class Watchdog {
  readonly #timeoutMs: number;
  readonly #timer: NodeJS.Timeout;
  /** By connection, when its transaction must be over; in the order of the starts, and so of the ends. */
  readonly #deadlines = new Map<SessionConnection, number>();

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
    const periodMs = Math.min(periodMsMax, Math.max(periodMsMin, timeoutMs * lateness));
    this.#timer = setInterval(() => this.#look(), periodMs);
  }

  /** A transaction begins on it, at this time of performance.now(). */
  watch(connection: SessionConnection, nowMs: number): void {
    this.#deadlines.set(connection, nowMs + this.#timeoutMs);
  }

  /** It is over. */
  release(connection: SessionConnection): void {
    this.#deadlines.delete(connection);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const nowMs = performance.now();
    for (const [connection, deadlineMs] of this.#deadlines) {
      if (deadlineMs > nowMs) return;
      this.#deadlines.delete(connection);
      connection.abandon("timeout", timeoutCode);
    }
  }
}
