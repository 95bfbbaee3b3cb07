/**
 * An undo gets more than one try: a lock that somebody holds and a connection that was ended pass.
 * But it does not get for ever, for somebody waits for the run to end.
 */
import { setTimeout as wait } from "node:timers/promises";
import type { FaultTarget } from "./fault.ts";

const triesMax = 4;
/** Long enough for a server that restarts to be back by the last try. */
const pauseMs = 1000;
/** Several waits for a lock; what is under way then may still take its own timeout. */
const answersMsMaxUsual = 30_000;

/**
 * @param undo may be done again after half of it failed, whatever the failure was.
 * @param answersMsMax how long the target may take for its answers, all tries together. What else
 *   the undo waits for has limits of its own: a server that recovers for a minute is then asked
 *   all the same.
 * @throws the failure of the last try.
 */
export async function undoPatiently(
  target: FaultTarget,
  undo: (target: FaultTarget) => Promise<void>,
  answersMsMax = answersMsMaxUsual,
): Promise<void> {
  const limited = new LimitedTarget(target, answersMsMax);
  for (let tries = 1; ; tries++) {
    try {
      await undo(limited);
      return;
    } catch (error) {
      if (tries === triesMax || limited.isSpent) throw error;
    }
    await wait(pauseMs);
  }
}

/** Many statements, each within its own timeout, would be too long together. */
class LimitedTarget implements FaultTarget {
  readonly #target: FaultTarget;
  readonly #answersMsMax: number;
  #answersMs = 0;

  constructor(target: FaultTarget, answersMsMax: number) {
    this.#target = target;
    this.#answersMsMax = answersMsMax;
  }

  get isSpent(): boolean {
    return this.#answersMs >= this.#answersMsMax;
  }

  async query(sql: string, parameters?: readonly unknown[]): ReturnType<FaultTarget["query"]> {
    if (this.isSpent) {
      const seconds = this.#answersMsMax / 1000;
      throw new Error(`not tried: the undo waited ${seconds} s for answers already`);
    }
    const startMs = performance.now();
    try {
      return await this.#target.query(sql, parameters);
    } finally {
      this.#answersMs += performance.now() - startMs;
    }
  }
}
