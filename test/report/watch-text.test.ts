import { describe, expect, it } from "vitest";
import { watchHeading, watchLine, watchPlanText, watchText } from "../../src/report/watch-text.ts";
import type { WatchedLoad, WatchResult } from "../../src/watch/result.ts";
import type { WatchSample } from "../../src/watch/watch.ts";

const load: WatchedLoad = {
  lengthMs: 30_000,
  looks: 120,
  backends: { min: 10, max: 10, mean: 10, fullShare: 0.03, different: 10, isFlat: true },
  busySessions: { mean: 6.1, max: 9 },
  activeSessions: { mean: 0.2, max: 2 },
  idleInTransaction: { mean: 5.9, max: 9 },
  transactions: {
    seconds: 30,
    committedPerSecond: 48,
    rolledBackPerSecond: 0,
    otherBackendsMax: 0,
  },
  times: {
    transactionMs: 127.1,
    inServer: 6.1,
    clientsOutside: null,
    outsideMs: null,
    isCountedLate: false,
  },
  waits: [
    { type: "Client", event: "ClientRead", samples: 708 },
    { type: null, event: "running", samples: 24 },
  ],
  locks: { samples: 120, waiting: { mean: 0, max: 0 }, edges: [] },
  parts: [],
  host: null,
  limitedBy: {
    kind: "unknown",
    suspected: "generator",
    shares: {},
    evidence: "the backends wait for the client",
    seen: ["10 backends from the first look to the last."],
  },
};

const result: WatchResult = {
  schema: "loadgen.watch/1",
  verdict: { status: "pass", exitCode: 0, reasons: ["10 backends seen in 120 looks"] },
  server: "postgresql://me@host:5432/mine",
  applicationName: "app",
  clients: null,
  lengthMs: 30_000,
  load,
  observer: {
    cpuUsPerSecond: null,
    queryUsPerSecond: 1,
    samples: 120,
    transactions: 1,
    missed: 0,
    missedByCode: {},
  },
  notes: [],
};

function text(changes: Partial<WatchedLoad> = {}, more: Partial<WatchResult> = {}): string {
  return watchText({ ...result, load: { ...load, ...changes }, ...more }, { colours: false });
}

/** Without the breaks that a screen needs. */
function oneLine(...given: Parameters<typeof text>): string {
  return text(...given).replace(/\s+/g, " ");
}

describe("what watching prints at its end", () => {
  it("is what was seen, what was waited for, what limits, and the verdict", () => {
    expect(text()).toBe(`What the server saw, in 30 s
  10 backends from the first look to the last.
  48 transactions a second were committed in this database.
  By Little's law a transaction keeps a backend busy for 127 ms, and 6.1 are in the server at a
    time.

What busy backends waited for
  wait               backends  share
  Client:ClientRead       5.9   97 %
  running                 0.2    3 %

What limits
  Suspected: generator. The backends wait for the client.
  That is suspected, not shown, for nothing was changed to see what comes of it. How many clients
    the driver has, --clients tells: fewer backends, on a server with room, are shown to be its own
    limit.

PASS (exit code 0): 10 backends seen in 120 looks`);
  });

  it("asks for the number of clients only where that would show something", () => {
    expect(oneLine({}, { clients: 10 })).not.toContain("--clients");
    const limitedBy = { ...load.limitedBy, suspected: "lock" } as const;
    expect(oneLine({ limitedBy })).not.toContain("--clients");
    expect(oneLine({ limitedBy })).toContain("Suspected: lock.");
  });

  it("does not suspect anything where there is nothing to suspect", () => {
    const limitedBy = { ...load.limitedBy, suspected: null };
    expect(oneLine({ limitedBy })).toContain("Nothing to suspect.");
  });

  it("leaves the reason to the verdict where the generator is known to limit", () => {
    const limitedBy = { ...load.limitedBy, kind: "generator", suspected: null } as const;
    const shown = oneLine({ limitedBy }, { clients: 32 });
    expect(shown).toContain(
      "Generator: fewer backends than clients, and the server has room for more.",
    );
    expect(shown).not.toContain(load.limitedBy.evidence);
  });

  it("tells where the clients are, what was rolled back, and whose transactions are counted", () => {
    const shown = oneLine({
      transactions: { ...load.transactions, rolledBackPerSecond: 2, otherBackendsMax: 1 },
      times: { ...load.times, clientsOutside: 25.9, outsideMs: 540 },
    });
    expect(shown).toContain("48 transactions a second were committed in this database, and 2 roll");
    expect(shown).toContain("Those of 1 other backend are counted in");
    expect(shown).toContain("For each of them a client spends 540 ms elsewhere");
  });

  it("tells that the server's count is late rather than a wrong time", () => {
    const times = { ...load.times, transactionMs: null, isCountedLate: true };
    expect(oneLine({ times })).toContain("It has not counted all of them");
    expect(oneLine({ times })).not.toContain("Little");
  });

  it("does not call the watching the generator", () => {
    const host = { cores: 2, busyCores: 1.93, serverCores: 1.55 };
    expect(oneLine({ host })).toContain(
      "Host: 1.93 of 2 cores busy: server 1.55, all others 0.38 (the load's driver among them",
    );
  });

  it("has a table of who waited for whom", () => {
    const edge = {
      blocked: "waits",
      blocker: "holds",
      mode: "ShareLock",
      lockType: "transactionid",
      relation: "public.account",
      count: 1_200,
      ageMsMax: 1,
      blockerStates: {},
    };
    expect(text({ locks: { ...load.locks, edges: [edge] } })).toMatch(
      /waits +holds +ShareLock +public\.account +1 200/,
    );
  });

  it("has notes and missed looks, and nothing else where nothing was seen", () => {
    const observer = { ...result.observer, missed: 3 };
    const notes = ["the server does not answer: gone"];
    expect(watchText({ ...result, load: null, observer, notes }, { colours: false })).toBe(
      `The watching
  the server does not answer: gone.
  3 looks were missed, 120 were not.

PASS (exit code 0): 10 backends seen in 120 looks`,
    );
  });
});

describe("what watching prints before and meanwhile", () => {
  it("begins with what is watched", () => {
    const plan = { server: "here", applicationName: "app", durationMs: 30_000, colours: false };
    expect(watchPlanText({ ...plan, clients: 32 })).toBe(`loadgen watch
  watches     backends whose application_name begins with "app"
  clients     32, says their driver
  time        30 s
  server      here`);
    expect(watchPlanText({ ...plan, clients: null })).not.toContain("clients");
  });

  const sample: WatchSample = {
    atMs: 2_003,
    backends: 10,
    busy: 6,
    active: 1,
    idleInTransaction: 5,
    waitingForLock: 0,
    topWait: "Client:ClientRead",
    committedPerSecond: 48.21,
  };

  it("has a line a second, under its heading", () => {
    const line = watchLine(sample);
    expect(line.trim().split(/\s+/)).toEqual([
      ...["2", "s", "10", "6", "1", "5", "0", "48.2/s", "Client:ClientRead"],
    ]);
    const end = (text: string, word: string) => text.indexOf(word) + word.length;
    expect(end(line, "10")).toBe(end(watchHeading, "backends"));
    expect(end(line, "48.2/s")).toBe(end(watchHeading, "committed"));
  });

  it("has dashes for what was not seen", () => {
    const unseen: WatchSample = {
      atMs: 3_000,
      backends: null,
      busy: null,
      active: null,
      idleInTransaction: null,
      waitingForLock: null,
      topWait: null,
      committedPerSecond: null,
    };
    expect(watchLine(unseen).trim()).toMatch(/^3 s( +–){6}$/);
  });
});
