/** When the faults of the network say no. */
import { describe, expect, it } from "vitest";
import { bandwidth } from "../../src/faults/bandwidth.ts";
import { commitDelay } from "../../src/faults/commit-delay.ts";
import { commitReplyLost } from "../../src/faults/commit-reply-lost.ts";
import { halfOpen } from "../../src/faults/half-open.ts";
import { latency } from "../../src/faults/latency.ts";
import { parseCut } from "../../src/faults/parse-cut.ts";
import { poolLimit } from "../../src/faults/pool-limit.ts";
import { reset } from "../../src/faults/reset.ts";
import { around, shown } from "./evidence.ts";

/** 50 transactions in ten seconds: so many sessions idle in them at a time is a fifth of a second each. */
const idleInTransaction = (mean: number) => ({ idleInTransaction: { mean, max: 2 } });
const slow = shown({ service: { count: 50, meanUs: 300_000 }, activity: idleInTransaction(1) });
const quick = shown({ service: { count: 50, meanUs: 3_000 }, activity: idleInTransaction(0.01) });
const idle = shown({ service: { count: 0, meanUs: 0 } });
const held = { hits: 200, heldMs: 20_000, bytes: 10_000 };
const nothing = { hits: 0, heldMs: 0, bytes: 0 };

describe("the proof of latency", () => {
  const parameters = { ms: 100, jitter: 0, direction: "both" };
  const effective = (window: typeof slow, figures: Readonly<Record<string, number>>) =>
    latency.prove(around(window, { baseline: quick, figures }), parameters).effective;

  it("is what the proxy held up, and that transactions took as long", () => {
    const proof = latency.prove(around(slow, { baseline: quick, figures: held }), parameters);
    expect(proof).toEqual({
      effective: true,
      evidence:
        "the proxy held up 200 chunks, 100.0 ms each; 50 transactions took 300.0 ms instead of 3.0 ms; " +
        "the server saw their sessions idle in them for 200.0 ms instead of 2.0 ms",
    });
  });

  it("says no where nothing passed, nothing ended, or nothing took longer", () => {
    expect(effective(slow, nothing)).toBe(false);
    expect(effective(slow, {})).toBe(false);
    expect(effective(idle, held)).toBe(false);
    expect(effective(quick, held)).toBe(false);
  });

  it("says no where transactions took as long before", () => {
    const before = shown({ service: { count: 50, meanUs: 250_000 } });
    const prove = (baseline: typeof slow) =>
      latency.prove(around(slow, { baseline, figures: held }), parameters).effective;
    expect(prove(before)).toBe(false);
    expect(prove(shown({ service: { count: 50, meanUs: 200_000 } }))).toBe(true);
  });

  it("says no where the proxy held up chunks for less than half of it", () => {
    expect(effective(slow, { ...held, heldMs: 10_000 })).toBe(true);
    expect(effective(slow, { ...held, heldMs: 9_999 })).toBe(false);
  });

  it("says no where the server saw sessions idle in their transactions for no longer", () => {
    const service = { count: 50, meanUs: 300_000 };
    expect(effective(shown({ service, activity: idleInTransaction(0.01) }), held)).toBe(false);
    expect(effective(shown({ service }), held)).toBe(false);
    // As many at a time as before, but in a tenth of the transactions: each for longer.
    const fewer = { ...service, count: 5 };
    expect(effective(shown({ service: fewer, activity: idleInTransaction(0.01) }), held)).toBe(
      true,
    );
  });

  it("says so where the server cannot tell: without a baseline, a look, or a second statement", () => {
    const alone = shown({ service: { count: 50, meanUs: 300_000 } });
    const blind = shown({ ...alone, activity: { samples: 0 } });
    const before = shown({ service: { count: 50, meanUs: 3_000 } });
    for (const evidence of [
      around(slow, { figures: held }),
      around(blind, { baseline: quick, figures: held }),
      around(alone, { baseline: before, figures: held }),
    ]) {
      const proof = latency.prove(evidence, parameters);
      expect(proof.effective).toBe(true);
      expect(proof.evidence).toContain("for longer, the server cannot tell");
    }
  });

  it("asks for half as much where it is in one direction", () => {
    const window = shown({ service: { count: 1, meanUs: 60_000 } });
    const one = { ...parameters, direction: "to-server" };
    expect(latency.prove(around(window, { figures: held }), one).effective).toBe(true);
    expect(effective(window, held)).toBe(false);
  });
});

describe("the proof of bandwidth", () => {
  const effective = (window: typeof slow, figures: Readonly<Record<string, number>>) =>
    bandwidth.prove(around(window, { baseline: quick, figures }), { rate: 1 }).effective;

  it("is that pieces waited, and transactions took longer than before", () => {
    expect(effective(slow, held)).toBe(true);
    expect(bandwidth.prove(around(slow, { figures: held }), { rate: 1 }).effective).toBe(true);
  });

  it("says no where nothing passed, nobody waited, nothing ended, or nothing took longer", () => {
    expect(effective(slow, nothing)).toBe(false);
    expect(effective(slow, { ...held, heldMs: 199 })).toBe(false);
    expect(effective(idle, held)).toBe(false);
    expect(effective(quick, held)).toBe(false);
  });
});

describe("the proof of commit-delay", () => {
  const each = { hits: 54, heldMs: 5_400, bytes: 10_000 };
  const effective = (
    window: typeof slow,
    figures: Readonly<Record<string, number>>,
    baseline: typeof slow | null = quick,
  ) => commitDelay.prove(around(window, { baseline, figures }), { ms: 100 }).effective;

  it("is that COMMITs waited, and transactions took half as long at least", () => {
    expect(effective(slow, each)).toBe(true);
    expect(effective(slow, each, null)).toBe(true);
  });

  it("tells what the server counted, and saw", () => {
    const window = shown({
      service: { count: 50, meanUs: 300_000 },
      activity: idleInTransaction(1),
      server: { commits: 60 },
    });
    const { evidence } = commitDelay.prove(around(window, { baseline: quick, figures: each }), {});
    expect(evidence).toBe(
      "the proxy held up 54 COMMITs, 100.0 ms each; the server counted 60 commits meanwhile; " +
        "50 transactions took 300.0 ms instead of 3.0 ms; " +
        "the server saw their sessions idle in them for 200.0 ms instead of 2.0 ms",
    );
  });

  it("says no where there was no COMMIT, or transactions did not take so long", () => {
    expect(effective(slow, nothing)).toBe(false);
    expect(effective(quick, each)).toBe(false);
    expect(effective(idle, each)).toBe(false);
  });

  it("says no where only a few of the COMMITs were held up", () => {
    expect(effective(slow, { ...each, hits: 25, heldMs: 2_500 })).toBe(true);
    expect(effective(slow, { ...each, hits: 24, heldMs: 2_400 })).toBe(false);
  });

  it("says no where transactions took as long before, or were not idle for longer", () => {
    const service = { count: 50, meanUs: 260_000 };
    expect(effective(slow, each, shown({ service }))).toBe(false);
    expect(effective(shown({ service }), each)).toBe(false);
  });
});

describe("the proof of commit-reply-lost", () => {
  const prove = (commits: number | null, hits: number, unknownOutcomes = hits) => {
    const window = shown({ server: commits === null ? null : { commits }, unknownOutcomes });
    return commitReplyLost.prove(around(window, { figures: { hits } }), {});
  };
  const effective = (...given: Parameters<typeof prove>) => prove(...given).effective;

  it("is that the server committed what nobody heard of", () => {
    expect(prove(12, 10, 9)).toEqual({
      effective: true,
      evidence:
        "the server said COMMIT to 10 sessions that never heard of it; the server counted 12 commits meanwhile; " +
        "clients had 9 transactions of unknown outcome",
    });
  });

  it("says no where clients knew how their transactions ended", () => {
    expect(effective(1000, 10, 0)).toBe(false);
    expect(effective(1000, 10, 4)).toBe(false);
    expect(effective(1000, 10, 5)).toBe(true);
  });

  it("says no where no reply was lost, or the server did not commit so many, or did not say", () => {
    expect(effective(10, 0)).toBe(false);
    expect(effective(9, 10)).toBe(false);
    expect(effective(null, 10)).toBe(false);
  });
});

describe.each([parseCut, reset])("the proof of $name", (fault) => {
  const prove = (sessionsAbandoned: number | null, hits: number, sessionsFatal = 0) => {
    const server = sessionsAbandoned === null ? null : { sessionsAbandoned, sessionsFatal };
    const figures = { hits, resets: hits };
    return fault.prove(around(shown({ server }), { figures }), {});
  };

  it("is that the server counted sessions that lost their client", () => {
    expect(prove(3, 4)).toEqual({
      effective: true,
      evidence: "the proxy cut 4 connections; the server counted 3 sessions that lost their client",
    });
    // It was sending when the connection went.
    expect(prove(0, 4, 2).effective).toBe(true);
  });

  it("says no where the server counted none, or did not say", () => {
    expect(prove(0, 4).effective).toBe(false);
    expect(prove(null, 4).effective).toBe(false);
  });
});

it.each([parseCut, reset])(
  "the proof of $name says no where the proxy cut none, whoever abandoned a session",
  (fault) => {
    const window = shown({ server: { sessionsAbandoned: 3 } });
    expect(fault.prove(around(window, { figures: { ...nothing, resets: 0 } }), {}).effective).toBe(
      false,
    );
    expect(fault.prove(around(window), {}).effective).toBe(false);
  },
);

describe("the proof of half-open", () => {
  const effective = (inVain: number, unheardOf: number) =>
    halfOpen.prove(around(quick, { figures: { silenced: 3, inVain, unheardOf } }), {}).effective;

  it("is that something was sent in vain, and the server has not heard of sessions", () => {
    expect(effective(1, 1)).toBe(true);
  });

  it("says no where nothing was sent, or the server heard of all", () => {
    expect(effective(0, 3)).toBe(false);
    expect(effective(3, 0)).toBe(false);
    expect(halfOpen.prove(around(quick), {}).effective).toBe(false);
  });
});

describe("the proof of pool-limit:via=pgbouncer", () => {
  const figures = { looks: 10, busyMax: 6, waitingMax: 4, waitingSum: 20 };
  const prove = (given: Partial<typeof figures>) =>
    poolLimit.prove(around(quick, { figures: { ...figures, ...given } }), {
      max: 6,
      via: "pgbouncer",
    });

  it("is that clients waited, and the server never had more sessions busy", () => {
    expect(prove({})).toEqual({
      effective: true,
      evidence:
        "in 10 looks the server had at most 6 busy sessions (limit 6), " +
        "and PgBouncer 2.0 clients waiting on the average, at most 4",
    });
  });

  it("says no where there was one too many, where hardly anybody waited, or nobody looked", () => {
    expect(prove({ busyMax: 7 }).effective).toBe(false);
    expect(prove({ waitingSum: 0 }).effective).toBe(false);
    expect(prove({ looks: 0 }).effective).toBe(false);
  });
});
