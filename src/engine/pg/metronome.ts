/**
 * Wakes this thread at planned times, to a tenth of a millisecond where setTimeout knows only whole
 * ones. A thread of its own sleeps until the earliest of them; both sides count what they did in
 * shared memory and wait for the other's count to change, so that no wake-up gets lost between
 * looking and waiting.
 */
/// <reference lib="es2024.sharedmemory" />
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { packageRoot } from "../../server/package-root.ts";
import { sharedOffsetMs } from "./shared-clock.ts";

/** What the two threads share; one element each. Times are in ms of the shared clock. */
export interface MetronomeMemory {
  /** When to strike next, and how often that was set: written by who waits only, in this order. */
  readonly dueMs: Float64Array;
  readonly setCount: Int32Array;
  /** When it struck last, and how often it did: written by the metronome's thread only, in this order. */
  readonly struckMs: Float64Array;
  readonly strikeCount: Int32Array;
}

/** Somebody who waits. */
interface Waiter {
  readonly dueMs: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class Metronome {
  readonly #memory: MetronomeMemory = {
    // Due at once: the first strike tells that the thread runs.
    dueMs: new Float64Array(new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT)),
    setCount: new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)),
    struckMs: new Float64Array(new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT)),
    strikeCount: new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)),
  };
  readonly #offsetMs = sharedOffsetMs();
  readonly #worker: Worker;
  /** By due time, in the order of asking where that is equal. */
  readonly #waiters: Waiter[] = [];
  #struckMs = Number.NaN;
  #failure: Error | null = null;
  #isReleased = false;
  #isClosed = false;

  private constructor() {
    this.#worker = new Worker(join(packageRoot(), "dist", "metronome.js"), {
      workerData: this.#memory,
    });
    this.#worker.once("error", (cause) => this.#fail(cause));
    this.#worker.once("exit", (code) => this.#fail(new Error(`it ended with code ${code}`)));
  }

  /** Resolves when the other thread runs; rejects if it cannot. */
  static async start(): Promise<Metronome> {
    const metronome = new Metronome();
    await new Promise<void>((resolve, reject) => {
      metronome.#waiters.push({ dueMs: Number.NEGATIVE_INFINITY, resolve, reject });
      void metronome.#listen();
    });
    metronome.#worker.unref();
    return metronome;
  }

  /**
   * Resolves at `dueMs` of performance.now(), never before, or as soon after as this thread runs;
   * at once if that is past. Rejects if the other thread failed. Waiting keeps no process alive.
   */
  until(dueMs: number): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    if (this.#isReleased || dueMs <= performance.now()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      // Mostly the last one: then this looks at one other, however many wait.
      const at = this.#waiters.findLastIndex((waiter) => waiter.dueMs <= dueMs) + 1;
      this.#waiters.splice(at, 0, { dueMs, resolve, reject });
      if (at === 0) this.#set(dueMs);
    });
  }

  /**
   * When the other thread struck for the wake-up under way, in ms of performance.now(). Since then,
   * or since its due time if that is later, this thread itself kept whoever waited waiting.
   */
  get struckMs(): number {
    return this.#struckMs;
  }

  /** Lets all that wait go now, and whoever waits from now on. */
  release(): void {
    this.#isReleased = true;
    for (const waiter of this.#waiters.splice(0)) waiter.resolve();
  }

  /** Releases, and resolves when the other thread has ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.release();
    await this.#worker.terminate();
    Atomics.add(this.#memory.strikeCount, 0, 1);
    Atomics.notify(this.#memory.strikeCount, 0);
  }

  async #listen(): Promise<void> {
    const { strikeCount, struckMs } = this.#memory;
    let heard = 0;
    while (!this.#isClosed) {
      // Not the current count: a strike since the last one heard must end the wait at once.
      await Atomics.waitAsync(strikeCount, 0, heard).value;
      heard = Atomics.load(strikeCount, 0);
      this.#struckMs = (struckMs[0] ?? 0) - this.#offsetMs;
      this.#letGo();
    }
  }

  /** Whoever is due; the other thread sleeps until it is told the next time. */
  #letGo(): void {
    const nowMs = performance.now();
    const notDue = this.#waiters.findIndex(({ dueMs }) => dueMs > nowMs);
    const due = this.#waiters.splice(0, notDue < 0 ? this.#waiters.length : notDue);
    for (const waiter of due) waiter.resolve();
    const [next] = this.#waiters;
    if (next !== undefined) this.#set(next.dueMs);
  }

  #set(dueMs: number): void {
    const { dueMs: shared, setCount } = this.#memory;
    shared[0] = dueMs + this.#offsetMs;
    Atomics.add(setCount, 0, 1);
    Atomics.notify(setCount, 0);
  }

  #fail(cause: Error): void {
    if (this.#isClosed || this.#failure !== null) return;
    this.#failure = new Error(`the metronome's thread failed: ${cause.message}`, { cause });
    for (const waiter of this.#waiters.splice(0)) waiter.reject(this.#failure);
  }
}
