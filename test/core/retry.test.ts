import { describe, expect, it } from "vitest";
import { Failure } from "../../src/core/failure.ts";
import { Random } from "../../src/core/random.ts";
import { attempt, type Attempted, defaultRetry, type RetryPolicy } from "../../src/core/retry.ts";
import type { Transaction } from "../../src/core/transaction.ts";

const policy: RetryPolicy = { codes: ["40001"], attemptsMax: 4, backoffMs: 4, backoffMsMax: 10 };
const serialization = new Failure("sql", "40001", "could not serialize");

interface Run {
  readonly attempted: Attempted;
  readonly pausesMs: readonly number[];
  /** What its listener was told. */
  readonly heard: readonly string[];
}

/** Each attempt commits, or fails with the next failure in line. */
function run(failures: readonly unknown[], given: RetryPolicy = policy, key = "jitter"): Run {
  const line = [...failures];
  const pausesMs: number[] = [];
  const steps = function* (): Transaction<string> {
    yield { kind: "commit" };
    return "done";
  };
  const heard: string[] = [];
  const listener = { began: () => heard.push("began"), failed: () => heard.push("failed") };
  const attempts = attempt(steps, given, { jitter: () => new Random(key), listener });
  let turn = attempts.next();
  while (turn.done !== true) {
    const step = turn.value;
    if (step.kind === "pause") pausesMs.push(step.ms);
    const failure = step.kind === "commit" ? line.shift() : undefined;
    turn = failure === undefined ? attempts.next([]) : attempts.throw(failure);
  }
  return { attempted: turn.value, pausesMs, heard };
}

describe("attempt", () => {
  it("commits at once without a pause", () => {
    const { attempted, pausesMs } = run([]);
    expect(attempted).toEqual({
      outcome: { kind: "committed" },
      attempts: 1,
      failures: [],
      returned: "done",
    });
    expect(pausesMs).toEqual([]);
  });

  it("tries again after a code on the list, and keeps what failed", () => {
    const { attempted, pausesMs } = run([serialization, serialization]);
    expect(attempted.outcome).toEqual({ kind: "committed" });
    expect(attempted.attempts).toBe(3);
    expect(attempted.failures).toEqual([serialization, serialization]);
    expect(pausesMs).toHaveLength(2);
  });

  it("tells of the beginning and the failure of every attempt", () => {
    expect(run([serialization]).heard).toEqual(["began", "failed", "began"]);
  });

  it("gives up after the last attempt, with that attempt's code", () => {
    const { attempted, pausesMs } = run(Array.from({ length: 9 }, () => serialization));
    expect(attempted.outcome).toEqual({ kind: "aborted", code: "40001" });
    expect(attempted.attempts).toBe(4);
    expect(pausesMs).toHaveLength(3);
  });

  it("does not try again after another code", () => {
    const { attempted } = run([new Failure("sql", "23505", "duplicate key")]);
    expect(attempted.attempts).toBe(1);
    expect(attempted.outcome).toEqual({ kind: "aborted", code: "23505" });
  });

  it.each(["connection", "timeout", "refused"] as const)(
    "does not try again after kind %s, even with a code on the list",
    (kind) => {
      expect(run([new Failure(kind, "40001", "no")]).attempted.attempts).toBe(1);
    },
  );

  it("never tries again what may have committed", () => {
    const { attempted } = run([new Failure("connection", "40001", "gone", true)]);
    expect(attempted.outcome).toEqual({ kind: "unknown", code: "40001" });
    expect(attempted.attempts).toBe(1);
  });

  it("never tries again where some of it has committed, and keeps the code", () => {
    const { attempted } = run([serialization.afterCommitted()]);
    expect(attempted.outcome).toEqual({ kind: "aborted", code: "40001" });
    expect(attempted.attempts).toBe(1);
  });

  it("lets a bug through", () => {
    expect(() => run([new TypeError("bug")])).toThrow(TypeError);
  });

  it("draws its pauses from zero to a bound that doubles up to its maximum", () => {
    const longest = [0, 0, 0];
    for (let key = 0; key < 400; key++) {
      const { pausesMs } = run(
        [1, 2, 3].map(() => serialization),
        policy,
        String(key),
      );
      pausesMs.forEach((ms, index) => {
        expect(ms).toBeGreaterThanOrEqual(0);
        longest[index] = Math.max(longest[index] ?? 0, ms);
      });
    }
    expect(longest).toEqual([4, 8, 10]);
  });

  it("pauses as long again for the same key", () => {
    const failures = [serialization, serialization, serialization];
    expect(run(failures).pausesMs).toEqual(run(failures).pausesMs);
  });

  it("stays within its maximum however many attempts there are", () => {
    const many = { ...policy, attemptsMax: 60, backoffMsMax: 500 };
    const { pausesMs } = run(
      Array.from({ length: 59 }, () => serialization),
      many,
    );
    expect(pausesMs).toHaveLength(59);
    expect(Math.max(...pausesMs)).toBeLessThanOrEqual(500);
    expect(Math.min(...pausesMs)).toBeGreaterThanOrEqual(0);
  });

  it("retries serialization failures and deadlocks by default, and nothing else", () => {
    expect(defaultRetry.codes).toEqual(["40001", "40P01"]);
  });
});
