import { describe, expect, it } from "vitest";
import type { ThreadHealth } from "../../src/engine/thread-health.ts";
import { Histogram } from "../../src/metrics/histogram.ts";
import { generatorHealth, type GeneratorSeen } from "../../src/run/generator-health.ts";
import { wakingDoubts } from "../../src/run/lateness.ts";

/** So many times of the same length. */
function times(us: number, count = 10_000): Histogram {
  const histogram = new Histogram();
  for (let time = 0; time < count; time++) histogram.record(us);
  return histogram;
}

/** Of a thread with nothing to complain of: what differs is given. */
function thread(given: Partial<ThreadHealth> = {}): ThreadHealth {
  return {
    lengthMs: 10_000,
    cores: 1,
    cpuUs: 2_000_000,
    runQueueUs: 0,
    loopLag: times(100),
    ownLag: times(100),
    gcPauses: times(1000, 3),
    ...given,
  };
}

function seen(given: Partial<GeneratorSeen> = {}): GeneratorSeen {
  return {
    threads: [thread()],
    rssBytesMax: 1_000_000,
    started: 5_000,
    latency: times(10_000),
    scheduleLag: new Histogram(),
    heardLag: new Histogram(),
    isBeside: false,
    isOpenLoop: false,
    atWorkMax: 100,
    backends: 100,
    ...given,
  };
}

function doubts(given: Partial<GeneratorSeen>): readonly string[] {
  const health = generatorHealth(seen(given));
  expect(health.saturated).toBe(health.doubts.length > 0);
  return health.doubts;
}

describe("the generator's figures", () => {
  it("are shares of all cores where a process drives the sessions, and unknown where nobody tells", () => {
    const told = thread({ cores: 4, cpuUs: 20_000_000 });
    expect(generatorHealth(seen({ threads: [told] }))).toMatchObject({
      cpuUsPerTransaction: 4_000,
      cpuShare: 0.5,
      threads: [{ cores: 4, cpuShare: 0.5 }],
    });
    const full = thread({ cores: 4, cpuUs: 36_000_000 });
    expect(doubts({ threads: [full] })).toEqual([
      expect.stringMatching(/it used 90 % of the 4 cores that it may use.*or raise --think$/),
    ]);
    const untold = generatorHealth(seen({ threads: [thread({ cores: 4, cpuUs: null })] }));
    expect(untold).toMatchObject({ cpuUsPerTransaction: null, cpuShare: null, doubts: [] });
  });

  it("are those of one thread where there is one", () => {
    const runQueueUs = 1_234_567;
    expect(generatorHealth(seen({ threads: [thread({ runQueueUs })] }))).toMatchObject({
      cpuUsPerTransaction: 400,
      cpuShare: 0.2,
      runQueueShare: 0.123,
      threads: [{ cpuShare: 0.2, runQueueShare: 0.123 }],
      eventLoopDelayUs: { p50: 100, p99: 100, max: 100 },
      ownDelayUs: { p99: 100 },
      scheduleLagUs: { mean: null, p99: null },
      garbageCollection: { pauses: 3, totalUs: 3000, maxUs: 1000 },
      rssBytesMax: 1_000_000,
      doubts: [],
      saturated: false,
    });
  });

  it("are of all threads together, but for the shares of cores, which are those of the busiest", () => {
    const busy = thread({ cpuUs: 4_000_000, runQueueUs: 500_000, loopLag: times(300) });
    expect(generatorHealth(seen({ threads: [thread(), busy] }))).toMatchObject({
      cpuUsPerTransaction: 1200,
      cpuShare: 0.4,
      runQueueShare: 0.05,
      threads: [{ cpuShare: 0.2 }, { cpuShare: 0.4 }],
      eventLoopDelayUs: { p50: 100, p90: 300, max: 300 },
      garbageCollection: { pauses: 6, totalUs: 6000 },
    });
  });

  it("are not known where the system does not tell, or nothing was started", () => {
    const unknown = thread({ runQueueUs: null, ownLag: null });
    expect(generatorHealth(seen({ threads: [unknown], started: 0 }))).toMatchObject({
      cpuUsPerTransaction: null,
      runQueueShare: null,
      threads: [{ cpuShare: 0.2, runQueueShare: null }],
      ownDelayUs: null,
    });
  });

  it("have no pauses where there were none", () => {
    const threads = [thread({ gcPauses: new Histogram() })];
    const none = { pauses: 0, totalUs: 0, maxUs: null };
    expect(generatorHealth(seen({ threads })).garbageCollection).toEqual(none);
  });
});

describe("a thread that has no time left", () => {
  it("is in doubt above 0.8 of its core, and not at that", () => {
    expect(doubts({ threads: [thread({ cpuUs: 8_000_000 })] })).toEqual([]);
    expect(doubts({ threads: [thread({ cpuUs: 9_340_000 })] })).toEqual([
      "it used 93 % of its one core, so these latencies are its own; lower --sessions or --rate, or raise --think or --workers",
    ]);
  });

  it("is in doubt whatever the other threads have left, and is told once", () => {
    const full = thread({ cpuUs: 9_900_000 });
    expect(doubts({ threads: [thread(), full, full] })).toEqual([
      expect.stringContaining("used 99 % of the core of one of its threads"),
    ]);
    expect(doubts({ threads: [thread({ cpuUs: 5e6 }), thread({ cpuUs: 5e6 })] })).toEqual([]);
  });

  it("is judged from one second on: before, it compiles what it runs", () => {
    const of = (lengthMs: number) => doubts({ threads: [thread({ lengthMs, cpuUs: 999_000 })] });
    expect(of(999)).toEqual([]);
    expect(of(1000)).toHaveLength(1);
    expect(of(0)).toEqual([]);
  });
});

describe("an event loop that is late", () => {
  const late = (us: number, ownUs: number) => [
    thread({ loopLag: times(us), ownLag: times(ownUs) }),
  ];

  it("is in doubt above a fifth of the latency at the same percentile, and not at that", () => {
    expect(doubts({ threads: late(2000, 2000) })).toEqual([]);
    expect(doubts({ threads: late(2001, 2001) })).toEqual([
      "its event loop was late by 2 ms at p50, more than 20 % of the latency of 10 ms, and waiting for a core does not explain it; lower --sessions or --rate, or raise --workers",
    ]);
  });

  it("is in doubt at the first percentile at which it is too late", () => {
    const ownLag = times(100, 9_700);
    ownLag.add(times(50_000, 300));
    expect(doubts({ threads: [thread({ loopLag: ownLag, ownLag })] })).toEqual([
      expect.stringContaining("late by 50 ms at p99, more than 20 % of the latency of 10 ms"),
    ]);
  });

  it("is compared with the latency at its own percentile, not with another one", () => {
    const ownLag = times(100, 9_700);
    ownLag.add(times(50_000, 300));
    const latency = times(10_000, 9_700);
    latency.add(times(260_000, 300));
    expect(doubts({ threads: [thread({ loopLag: ownLag, ownLag })], latency })).toEqual([]);
  });

  it("is no doubt below what a sleeping core takes to wake up, however short the latency", () => {
    expect(doubts({ threads: late(500, 500), latency: times(300) })).toEqual([]);
    expect(doubts({ threads: late(501, 501), latency: times(300) })).toHaveLength(1);
  });

  it("is no doubt where waiting for a core explains it", () => {
    expect(doubts({ threads: late(146_000, 146_000) })).toHaveLength(1);
    expect(doubts({ threads: late(146_000, 100) })).toEqual([]);
  });

  it("is not judged where the system does not tell how long it waited for a core", () => {
    const unknown = thread({ loopLag: times(146_000), ownLag: null, runQueueUs: null });
    expect(doubts({ threads: [unknown] })).toEqual([]);
    // Nor by the part of it that is known.
    expect(doubts({ threads: [unknown, ...late(146_000, 146_000)] })).toEqual([]);
  });

  it("is not judged at percentiles that too few measurements support", () => {
    const ownLag = times(50_000, 5);
    expect(doubts({ threads: [thread({ ownLag })] })).toEqual([]);
    expect(doubts({ threads: late(50_000, 50_000), latency: times(10_000, 19) })).toEqual([]);
  });
});

describe("an event loop that is blocked for 3 % of twenty seconds", () => {
  it("is in doubt at p99, of 400 probes", () => {
    const ownLag = times(100, 388);
    for (let probe = 0; probe < 12; probe++) ownLag.record(50_000);
    expect(doubts({ threads: [thread({ ownLag, loopLag: ownLag })] })).toEqual([
      expect.stringContaining("its event loop was late by 50 ms at p99"),
    ]);
  });
});

describe("a schedule that is late where the loop was hardly probed", () => {
  it("is in doubt all the same", () => {
    const few = thread({ ownLag: times(100, 4), loopLag: times(100, 4) });
    const open = { threads: [few], isOpenLoop: true, heardLag: times(5000) };
    expect(doubts(open)).toEqual([expect.stringContaining("it started transactions late by 5 ms")]);
  });
});

describe("a schedule that is late", () => {
  const open = { isOpenLoop: true, heardLag: times(3000) };

  it("is in doubt above a fifth of the latency, of which it is part", () => {
    expect(doubts(open)).toEqual([
      "it started transactions late by 3 ms at p50, more than 20 % of the latency of 10 ms, and waiting for a core does not explain it; lower --sessions or --rate, or raise --workers",
    ]);
    expect(doubts({ ...open, heardLag: times(2000) })).toEqual([]);
  });

  it("is not judged where the system does not tell how long it waited for a core", () => {
    const unknown = { threads: [thread({ loopLag: new Histogram(), ownLag: null })] };
    expect(doubts({ ...unknown, ...open })).toEqual([]);
  });

  it("is judged by itself where another process drives, and only above what its sleep is late by", () => {
    const beside = { threads: [thread({ ownLag: null })], isBeside: true, isOpenLoop: true };
    expect(doubts({ ...beside, scheduleLag: times(8000) })).toEqual([
      "its sessions woke up late by 8 ms at p50, more than 20 % of the latency of 10 ms; lower --sessions or --rate, or leave k6 more of the machine",
    ]);
    expect(doubts({ ...beside, scheduleLag: times(4900) })).toEqual([]);
    // There it is not in the latency, and a busy server beside it is excuse enough.
    expect(doubts({ ...beside, scheduleLag: times(8000), isOpenLoop: false })).toEqual([]);
    expect(doubts({ ...beside, scheduleLag: times(8000), latency: times(50_000) })).toEqual([]);
  });

  it("is no doubt for what passed before its thread was woken, and is told in full", () => {
    const given = { ...open, scheduleLag: times(50_000), heardLag: times(100) };
    expect(doubts(given)).toEqual([]);
    expect(generatorHealth(seen(given)).scheduleLagUs).toMatchObject({ p50: 50_000 });
  });

  it("is no part of the latency in a closed loop, which begins when the transaction is sent", () => {
    expect(doubts({ ...open, isOpenLoop: false })).toEqual([]);
  });

  it("is no doubt where waiting for a core explains it, as it does of the event loop's lag", () => {
    const threads = [thread({ loopLag: times(3000), ownLag: times(100) })];
    expect(doubts({ ...open, threads })).toEqual([]);
    // 2.9 ms of it are explained; of 5 ms that leaves 2.1.
    expect(doubts({ ...open, threads, heardLag: times(5000) })).toHaveLength(1);
    expect(doubts({ ...open, threads, heardLag: times(4800) })).toEqual([]);
  });

  it("is not told beside an event loop that is late already", () => {
    const threads = [thread({ loopLag: times(9000), ownLag: times(9000) })];
    expect(doubts({ ...open, threads })).toEqual([expect.stringContaining("event loop")]);
  });
});

describe("everything at once", () => {
  it("is told, the core first", () => {
    const threads = [thread({ cpuUs: 9_900_000, loopLag: times(9000), ownLag: times(9000) })];
    expect(doubts({ threads, backends: 10 })).toEqual([
      expect.stringMatching(/^it used /),
      expect.stringMatching(/^its event loop /),
      expect.stringMatching(/^only 10 backends /),
    ]);
  });
});

describe("backends that are too few", () => {
  it("are fewer than the connections that were in use at a time", () => {
    expect(doubts({ atWorkMax: 100, backends: 10 })).toEqual([
      expect.stringContaining(
        "only 10 backends worked for it, though 100 of its connections were in use at a time",
      ),
    ]);
    expect(doubts({ atWorkMax: 2, backends: 1 })[0]).toContain("only 1 backend worked");
    expect(doubts({ atWorkMax: 100, backends: 99 })).toHaveLength(1);
  });

  it("are not as many, or more that had nothing to do", () => {
    expect(doubts({ atWorkMax: 100, backends: 100 })).toEqual([]);
    expect(doubts({ atWorkMax: 6, backends: 100 })).toEqual([]);
  });

  it("are not known where nobody looked", () => {
    expect(doubts({ atWorkMax: 100, backends: null })).toEqual([]);
  });
});

describe("runners that nobody looked at", () => {
  const words = { what: "sessions woke up late by", advice: "raise --parallelism" };

  it("are doubted where their sessions woke up late, measured by the latency", () => {
    const [doubt, ...others] = wakingDoubts(times(8_000), times(20_000), words);
    expect(doubt).toContain("late by 8 ms at p50, more than 20 % of the latency of 20 ms");
    expect(others).toEqual([]);
    expect(wakingDoubts(times(8_000), times(50_000), words)).toEqual([]);
  });

  it("are not for what k6's own clock makes of a pause", () => {
    expect(wakingDoubts(times(1_500), times(500), words)).toEqual([]);
  });

  it("are not where nobody thought, and so nobody woke up", () => {
    expect(wakingDoubts(new Histogram(), times(20_000), words)).toEqual([]);
  });
});
