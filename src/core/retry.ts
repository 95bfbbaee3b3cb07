/** One transaction from its first attempt to its outcome. */
import { Failure } from "./failure.ts";
import { committed, type Outcome, outcomeOf } from "./outcome.ts";
import type { Random } from "./random.ts";
import type { Transaction } from "./transaction.ts";

export interface RetryPolicy {
  /** SQLSTATEs after which the same transaction, with the same inputs, is tried again. */
  readonly codes: readonly string[];
  readonly attemptsMax: number;
  /** Upper bound of the pause before the second attempt; it doubles with each further one. */
  readonly backoffMs: number;
  readonly backoffMsMax: number;
}

/** Serialization failure and deadlock: the two that the manual says to retry (section 13.5). */
export const defaultRetry: RetryPolicy = Object.freeze({
  codes: ["40001", "40P01"],
  attemptsMax: 10,
  backoffMs: 4,
  backoffMsMax: 500,
});

export interface Attempted {
  readonly outcome: Outcome;
  readonly attempts: number;
  /** The code of every failed attempt, in order; the last one is the outcome's, if that is not committed. */
  readonly failures: readonly Failure[];
  /** What the steps returned, once they had committed. */
  readonly returned: unknown;
}

/** Told of each attempt: it is the engine that has a clock. */
export interface AttemptListener {
  began(): void;
  failed(): void;
}

/**
 * Runs a transaction until it commits, fails for good, or may have committed (which is never
 * retried: it could be done twice), be it a part that went beside others. The pause before another attempt is drawn evenly from zero to
 * the bound ("full jitter"), from the transaction's own stream.
 */
export function* attempt(
  steps: () => Transaction<unknown>,
  policy: RetryPolicy,
  { jitter, listener }: { readonly jitter: () => Random; readonly listener: AttemptListener },
): Transaction<Attempted> {
  const failures: Failure[] = [];
  let random: Random | undefined;
  for (;;) {
    listener.began();
    try {
      const returned = yield* steps();
      return { outcome: committed, attempts: failures.length + 1, failures, returned };
    } catch (failure) {
      if (!(failure instanceof Failure)) throw failure;
      listener.failed();
      failures.push(failure);
      if (!mayRetry(failure, failures.length, policy)) {
        const outcome = outcomeOf(failure);
        return { outcome, attempts: failures.length, failures, returned: undefined };
      }
      random ??= jitter();
      yield { kind: "pause", ms: random.between(0, backoffBoundMs(policy, failures.length)) };
    }
  }
}

function mayRetry(failure: Failure, attempts: number, policy: RetryPolicy): boolean {
  if (failure.kind !== "sql" || failure.besideCommitted) return false;
  return policy.codes.includes(failure.code) && attempts < policy.attemptsMax;
}

function backoffBoundMs(policy: RetryPolicy, failedAttempts: number): number {
  // A shift, not a power: Math.pow differs between the two JavaScript engines.
  return Math.min(policy.backoffMsMax, policy.backoffMs * (1 << Math.min(failedAttempts - 1, 20)));
}
