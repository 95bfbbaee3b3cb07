/**
 * One direction of a connection. While no rule holds anything up, what comes goes out at once; else
 * it waits in order for its time. Whoever sends faster than the other side takes has to wait: what
 * the network has on its way has a limit.
 */
import type { Socket } from "node:net";
import type { Direction } from "../faults/ways.ts";
import type { Rules } from "./rules.ts";

interface Piece {
  readonly bytes: Buffer;
  dueMs: number;
  /** Once it was handed on to the system; also where there are no bytes. */
  readonly onSent: (() => void) | null;
}

const noBytes = Buffer.alloc(0);

export class Flow {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #direction: Direction;
  readonly #rules: Rules;
  readonly #queue: Piece[] = [];
  #queuedBytes = 0;
  #lastDueMs = 0;
  #timer: NodeJS.Timeout | null = null;
  /** The receiver does not take what was written to it already. */
  #isBlocked = false;

  constructor(
    ends: { readonly from: Socket; readonly to: Socket },
    direction: Direction,
    rules: Rules,
  ) {
    this.#from = ends.from;
    this.#to = ends.to;
    this.#direction = direction;
    this.#rules = rules;
    // When it is gone, there is nobody to wait for.
    for (const event of ["drain", "close"]) {
      this.#to.on(event, () => {
        this.#isBlocked = false;
        this.#letGo();
      });
    }
  }

  /** @param extraMs how much longer than all else it is to take. */
  pass(bytes: Buffer, extraMs = 0): void {
    if (bytes.length === 0) return;
    this.#rules.passed(bytes.length);
    const { pieceBytesMax } = this.#rules;
    for (let at = 0; at < bytes.length; at += pieceBytesMax) {
      const piece = bytes.length <= pieceBytesMax ? bytes : bytes.subarray(at, at + pieceBytesMax);
      const nowMs = performance.now();
      this.#add(piece, this.#rules.arrivalMs(this.#direction, piece.length, nowMs + extraMs), null);
    }
  }

  /** Calls back once all that came before has left. */
  afterAll(onSent: () => void): void {
    this.#add(noBytes, 0, onSent);
  }

  /** All that waits for its time leaves now. */
  hurry(): void {
    for (const piece of this.#queue) piece.dueMs = 0;
    this.#lastDueMs = 0;
    this.#letGo();
  }

  /** Forgets all that waits. */
  drop(): void {
    this.#queue.length = 0;
    this.#queuedBytes = 0;
    this.#stopTimer();
    this.#from.resume();
  }

  #add(bytes: Buffer, dueMs: number, onSent: (() => void) | null): void {
    // Nothing overtakes.
    this.#lastDueMs = Math.max(this.#lastDueMs, dueMs);
    this.#queue.push({ bytes, dueMs: this.#lastDueMs, onSent });
    this.#queuedBytes += bytes.length;
    if (this.#timer === null) this.#letGo();
    if (this.#isFull) this.#from.pause();
  }

  get #isFull(): boolean {
    return this.#isBlocked || this.#queuedBytes > this.#rules.queueBytesMax;
  }

  #letGo(): void {
    this.#stopTimer();
    const nowMs = performance.now();
    let count = 0;
    for (const { bytes, dueMs, onSent } of this.#queue) {
      if (this.#isBlocked || dueMs > nowMs) break;
      count++;
      this.#queuedBytes -= bytes.length;
      this.#send(bytes, onSent);
    }
    this.#queue.splice(0, count);
    const [next] = this.#queue;
    if (next !== undefined && !this.#isBlocked) {
      this.#timer = setTimeout(() => this.#letGo(), Math.max(1, next.dueMs - nowMs));
    }
    if (!this.#isFull && this.#from.isPaused()) this.#from.resume();
  }

  #send(bytes: Buffer, onSent: (() => void) | null): void {
    if (!this.#to.writable) {
      onSent?.();
      return;
    }
    const callback = onSent === null ? undefined : () => onSent();
    if (!this.#to.write(bytes, callback)) this.#isBlocked = true;
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
