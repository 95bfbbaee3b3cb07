import { describe, expect, it } from "vitest";
import { observedIn, type Sample } from "../../src/observe/summary.ts";
import type { Reading } from "../../src/watch/reading.ts";
import { type Watched, watchResult } from "../../src/watch/result.ts";
import { nobody, readingAt, sampleAt } from "./load.ts";

const cost = {
  cpuUsPerSecond: null,
  queryUsPerSecond: 1,
  samples: 1,
  transactions: 1,
  missed: 0,
  missedByCode: {},
};

/** Ten seconds, a look each; what differs is given. */
function watched(given: Partial<Watched> & { samples?: readonly Sample[] } = {}): Watched {
  const { samples = seconds.map((atMs) => sampleAt(atMs)), ...rest } = given;
  const between = <T extends { sentMs: number; answeredMs: number }>(all: readonly T[]) => {
    return (startMs: number, endMs: number) =>
      all.filter(({ sentMs, answeredMs }) => sentMs >= startMs && answeredMs < endMs);
  };
  const readings: readonly Reading[] = seconds.map((atMs) => readingAt(atMs));
  return {
    server: "postgresql://me@host:5432/mine",
    database: "mine",
    applicationName: "app",
    clients: null,
    watched: { startMs: 0, endMs: 10_000 },
    observer: {
      samplesBetween: between(samples),
      observedBetween: (startMs, endMs) => observedIn(between(samples)(startMs, endMs), 10),
    },
    readingsBetween: between(readings),
    connected: [],
    cost,
    signal: null,
    notes: [],
    ...rest,
  };
}

const seconds = Array.from({ length: 10 }, (_, second) => second * 1_000);

/** Never idle, three quarters of it for the server. */
function fullCoresAt(atMs: number): Reading {
  const ticks = atMs / 5;
  const clocks = { ticks, idleTicks: 0, serverTicks: (ticks * 3) / 4, generatorUs: 0 };
  return readingAt(atMs, { host: { atMs, postmaster: 1, cores: 2, ...clocks } });
}

describe("the result of watching", () => {
  it("has what was seen of the load, and a suspicion at most", () => {
    const { verdict, load, lengthMs } = watchResult(watched());
    expect(verdict).toEqual({
      status: "pass",
      exitCode: 0,
      reasons: ["10 backends seen in 10 looks"],
    });
    expect(lengthMs).toBe(10_000);
    expect(load).toMatchObject({
      looks: 10,
      backends: { min: 10, max: 10, different: 10, isFlat: true },
      busySessions: { mean: 6, max: 6 },
      transactions: { committedPerSecond: 100, otherBackendsMax: 0 },
      times: { transactionMs: 60, isCountedLate: false },
      parts: [{ kind: "client", share: 1 }],
      limitedBy: { kind: "unknown", suspected: "generator" },
    });
  });

  it("is invalid where fewer backends are there than clients", () => {
    const { verdict, load } = watchResult(watched({ clients: 32 }));
    expect(verdict).toMatchObject({ status: "invalid", exitCode: 97 });
    expect(verdict.reasons).toEqual([load?.limitedBy.evidence]);
    expect(load?.times.clientsOutside).toBe(26);
  });

  it("has the clients outside beside the backends, not among them", () => {
    const { load } = watchResult(watched({ clients: 32 }));
    expect(load?.parts).toEqual(watchResult(watched()).load?.parts);
    expect(load?.parts).toMatchObject([{ kind: "client", sessions: 6, share: 1 }]);
  });

  it("is not invalid where the server's cores are full", () => {
    const { verdict, load } = watchResult(
      watched({ clients: 32, readingsBetween: () => [0, 10_000].map(fullCoresAt) }),
    );
    expect(verdict).toMatchObject({ status: "pass", exitCode: 0 });
    expect(load).toMatchObject({
      host: { cores: 2, busyCores: 2, serverCores: 1.5 },
      limitedBy: { kind: "unknown", suspected: "cpu", shares: { cpu: 1 } },
    });
    expect(load?.host).not.toHaveProperty("generatorCores");
  });

  it("counts only the time in which the load was there", () => {
    const samples = seconds.map((atMs) => sampleAt(atMs, atMs < 5_000 ? nobody : {}));
    const { load } = watchResult(watched({ samples }));
    expect(load).toMatchObject({ lengthMs: 5_000, looks: 5, busySessions: { mean: 6 } });
    expect(load?.transactions.seconds).toBe(4);
  });

  it("has no times where the server counted too few transactions", () => {
    const samples = seconds.map((atMs) => sampleAt(atMs, { oldestTransactionMs: 10 }));
    const { load } = watchResult(watched({ samples }));
    expect(load?.times).toMatchObject({ transactionMs: null, isCountedLate: true });
  });

  it("tells that others' transactions are in the count", () => {
    const readings = seconds.map((atMs) => readingAt(atMs, { otherBackends: atMs / 1_000 }));
    const { load } = watchResult(watched({ readingsBetween: () => readings }));
    expect(load?.transactions.otherBackendsMax).toBe(9);
  });
});

describe("a watching that was stopped", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("by %s ends with %s, and has what was seen", (signal, code) => {
    const { verdict, load } = watchResult(watched({ signal, clients: 32 }));
    expect(verdict.exitCode).toBe(code);
    expect(verdict.reasons).toHaveLength(2);
    expect(verdict.reasons[0]).toBe(
      `stopped by ${signal} after 10 s; what was seen by then counts`,
    );
    expect(load?.backends.max).toBe(10);
  });
});

describe("a watching that saw nothing to judge", () => {
  const samples = seconds.map((atMs) => sampleAt(atMs, nobody));

  function reason(given: Parameters<typeof watched>[0]): string | undefined {
    const { verdict, load } = watchResult(watched(given));
    expect(load).toBeNull();
    expect(verdict).toMatchObject({ status: "invalid", exitCode: 97 });
    return verdict.reasons[0];
  }

  it("names those who are connected", () => {
    const connected = [
      { applicationName: "pgbench", database: "bench", backends: 10 },
      { applicationName: "", database: "mine", backends: 1 },
    ];
    expect(reason({ samples, connected })).toBe(
      'no backends whose application_name begins with "app" were seen in the database mine in 10 s: there is no data to judge; connected to this server are "pgbench" (bench, 10 backends), "" (mine, 1 backend)',
    );
  });

  it.each([
    [[], "connected to this server is nobody else"],
    [null, "there is no data to judge"],
  ])("says so where that is %j", (connected, end) => {
    expect(reason({ samples, connected })?.endsWith(end)).toBe(true);
  });

  it("says that it was there for too short a time", () => {
    expect(reason({ readingsBetween: () => [readingAt(0)] })).toContain("too short a time");
  });

  it("says that the server did not answer", () => {
    expect(reason({ samples: [] })).toBe("the server answered no look in 10 s: there is no data");
  });
});
