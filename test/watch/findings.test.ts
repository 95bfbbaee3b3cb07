import { describe, expect, it } from "vitest";
import type { Measurements, WaitFigure } from "../../src/scaling/measurements.ts";
import { namingOf } from "../../src/watch/findings.ts";
import { backendsWith, clientsOf, hostOf, measurementsWith } from "./load.ts";

/** Nine of ten backends busy, and waiting so. */
function waiting(type: string | null, event: string, more: readonly WaitFigure[] = []) {
  const others = more.reduce((sum, { sessions }) => sum + sessions, 0);
  const waits = [{ type, event, sessions: 9 - others }, ...more];
  return measurementsWith({ busy: 9, active: 9, idleInTransaction: 0, waits });
}

describe("ten backends that wait for their client", () => {
  it("are told of in plain words, and the client's side is suspected", () => {
    expect(namingOf(measurementsWith(), backendsWith())).toEqual({
      kind: "unknown",
      suspected: "generator",
      shares: {},
      evidence:
        "the backends wait for the client 98 % of their time: what limits is on the client's side (a pool or socket limit of 10, or the driver)",
      seen: [
        "10 backends from the first look to the last, never more: whoever drives this load opens no more.",
        "On the average 6.1 of them were busy: 0.2 active, 5.9 idle in transaction. All 10 were busy at 3 % of the looks.",
        "Of the busy ones: 5.9 in an open transaction, the client's turn; 0.2 running on the server.",
      ],
    });
  });

  it("are no limit of ten where there were fewer at times", () => {
    const { evidence, seen } = namingOf(
      measurementsWith(),
      backendsWith({ min: 4, different: 12, isFlat: false }),
    );
    expect(evidence).toContain("client's side (the driver, or what it waits for itself)");
    expect(seen[0]).toBe("4 to 10 backends at a time, 12 different ones.");
  });

  it("are connections that come and go where more different ones were seen", () => {
    const { seen } = namingOf(measurementsWith(), backendsWith({ different: 37 }));
    expect(seen[0]).toContain("but 37 different ones: connections are closed and opened again");
  });

  it("are the client's matter, too, where they are idle and in no transaction", () => {
    const idle = measurementsWith({ busy: 1, active: 1, idleInTransaction: 0, waits: [] });
    const { suspected, evidence } = namingOf(idle, backendsWith());
    expect(suspected).toBe("generator");
    expect(evidence).toContain("90 % of their time");
  });
});

describe("fewer backends than clients", () => {
  const clients = { client: clientsOf(32) };

  it("are known to be the limit, not suspected", () => {
    const naming = namingOf(measurementsWith(clients), backendsWith());
    expect(naming).toMatchObject({ kind: "generator", suspected: null });
    expect(naming.evidence).toBe(
      "the load's own side limits it: 10 backends the whole time for 32 clients, and 25.9 of the 32 clients are not in the server on the average: they pause, or wait for one of 10 connections, of which a pool or socket limit, or the driver, opens no more; nothing in the server was seen at its limit",
    );
    expect(naming.seen).toContain("25.9 of 32 clients are not in the server, on the average.");
  });

  it("are so on a machine that has room, and it is told how much", () => {
    const seen = measurementsWith({ ...clients, host: hostOf(1.79, 0.5) });
    const naming = namingOf(seen, backendsWith({ isFlat: false }));
    expect(naming.kind).toBe("generator");
    expect(naming.evidence).toContain("10 backends at most for 32 clients");
    expect(naming.evidence).toContain(
      "the server has room (1.79 of 2 cores busy: server 0.50, all others 1.29 (the load's driver",
    );
  });

  it.each([
    ["itself", hostOf(1.8)],
    ["and others together", hostOf(1.8, 1.2)],
  ])("are not known to be where the server %s fills the cores", (_, host) => {
    const naming = namingOf({ ...measurementsWith(clients), host }, backendsWith());
    expect(naming).toMatchObject({ kind: "unknown", suspected: "cpu", shares: { cpu: 0.9 } });
    expect(naming.evidence).toMatch(
      /^25\.9 of the 32 clients .* they pause, or wait for one of 10 connections; but the cores of the server's machine are full: 1\.80 of 2 .*: more connections may bring nothing/,
    );
  });

  it("are not known to be where most run and how many cores there are cannot be seen", () => {
    const naming = namingOf({ ...waiting(null, "running"), ...clients }, backendsWith());
    expect(naming).toMatchObject({ kind: "unknown", suspected: "cpu" });
    expect(naming.evidence).toContain("whether each had a core cannot be seen from here");
  });

  it.each([
    ["Lock", "transactionid", "lock"],
    ["LWLock", "LockManager", "internal-lock"],
    ["IO", "WALSync", "io"],
  ])("are not known to be where most backends wait for %s:%s", (type, event, suspected) => {
    const naming = namingOf({ ...waiting(type, event), ...clients }, backendsWith());
    expect(naming).toMatchObject({ kind: "unknown", suspected });
    expect(Object.values(naming.shares)).toEqual([1]);
    expect(naming.evidence).toMatch(/^23 of the 32 clients .*; but the busy backends spend 100 %/);
  });

  it("are where more of the backends' time is the client's than is spent in a queue", () => {
    const lock = [{ type: "Lock", event: "transactionid", sessions: 4 }];
    const naming = namingOf(
      { ...waiting("Client", "ClientRead", lock), ...clients },
      backendsWith(),
    );
    expect(naming.kind).toBe("generator");
  });

  it("are where hardly anybody waits in the server", () => {
    const waits = [{ type: "IO", event: "WALSync", sessions: 0.79 }];
    const seen = measurementsWith({ busy: 0.79, active: 0.79, idleInTransaction: 0, waits });
    expect(namingOf({ ...seen, ...clients }, backendsWith()).kind).toBe("generator");
    expect(namingOf(seen, backendsWith())).toMatchObject({ kind: "unknown", suspected: "io" });
  });

  it("are where the backends wait until the client takes what it asked for", () => {
    const naming = namingOf({ ...waiting("Client", "ClientWrite"), ...clients }, backendsWith());
    expect(naming.kind).toBe("generator");
  });

  it.each([10, 8])("are not there with %s clients", (count) => {
    const naming = namingOf(measurementsWith({ client: clientsOf(count) }), backendsWith());
    expect(naming).toMatchObject({ kind: "unknown", suspected: "generator" });
  });

  it("are more where somebody else has the same name", () => {
    const naming = namingOf(measurementsWith({ client: clientsOf(8) }), backendsWith());
    expect(naming.seen.at(-1)).toMatch(/^10 backends are more than the 8 clients of --clients/);
  });
});

describe("a pool of 100, nearly all of it idle", () => {
  const pool = backendsWith({ min: 100, max: 100, mean: 100, different: 100 });

  function six(type: string | null, event: string): Measurements {
    const waits = [{ type, event, sessions: 6 }];
    return measurementsWith({ backendsMax: 100, busy: 6, active: 6, idleInTransaction: 0, waits });
  }

  it("is no reason to suspect the client where six of them fill the cores", () => {
    const naming = namingOf({ ...six(null, "running"), host: hostOf(1.9, 1.8) }, pool);
    expect(naming).toMatchObject({ kind: "unknown", suspected: "cpu" });
    expect(naming.evidence).toBe(
      "the cores of the server's machine are full: 1.90 of 2 cores busy: server 1.80, all others 0.10 (the load's driver among them, if it runs here): that is what limits, as far as looking on can tell",
    );
  });

  it("nor where the six wait for a lock, or run on cores that cannot be seen", () => {
    expect(namingOf(six("Lock", "tuple"), pool).suspected).toBe("lock");
    expect(namingOf(six(null, "running"), pool).suspected).toBe("cpu");
  });

  it("is one where the cores have room, or less than one of them runs", () => {
    const room = namingOf({ ...six(null, "running"), host: hostOf(1.79) }, pool);
    expect(room).toMatchObject({ kind: "unknown", suspected: "generator" });
    expect(room.evidence).toContain("wait for the client 94 % of their time");
    const waits = [{ type: null, event: "running", sessions: 0.89 }];
    const hardly = { ...six(null, "running"), busy: 0.89, waits };
    expect(namingOf(hardly, pool).suspected).toBe("generator");
  });
});

describe("backends that the server keeps busy", () => {
  it.each([
    ["Lock", "transactionid", "lock", "waiting for a lock"],
    ["LWLock", "LockManager", "internal-lock", "waiting for an internal lock"],
    ["LWLock", "WALWrite", "io", "waiting for the server's disk"],
    ["IO", "DataFileRead", "io", "waiting for the server's disk"],
    ["Client", "ClientWrite", "network", "on the network"],
  ])("waiting for %s:%s are suspected of %s", (type, event, suspected, text) => {
    const naming = namingOf(waiting(type, event), backendsWith());
    expect(naming).toMatchObject({ kind: "unknown", suspected });
    expect(naming.evidence).toContain(`100 % of their time ${text}`);
  });

  it.each([
    ["unknown", "cpu", null, "cannot be seen from here"],
    ["unknown", "cpu", hostOf(1.93), "are full: 1.93 of 2 cores"],
    ["none", null, hostOf(0.5), "0.5 of 2 cores were busy; nothing was found at its limit"],
  ])("running are limited by: %s, %s, with the host %j", (kind, suspected, host, text) => {
    const naming = namingOf({ ...waiting(null, "running"), host }, backendsWith());
    expect(naming).toMatchObject({ kind, suspected });
    expect(naming.evidence).toContain(text);
  });

  it("are suspected of the heaviest, and the others are told", () => {
    const lock = [{ type: "Lock", event: "tuple", sessions: 4.5 }];
    const seen = { ...waiting(null, "running", lock), host: hostOf(1.9) };
    const { suspected, shares, evidence } = namingOf(seen, backendsWith());
    expect(suspected).toBe("cpu");
    expect(shares).toEqual({ cpu: 0.95, lock: 0.5 });
    expect(evidence).toContain("; the busy backends spend 50 % of their time waiting for a lock");
  });

  it("waiting for what has no name here are limited by nothing that was found", () => {
    const naming = namingOf(waiting("Timeout", "PgSleep"), backendsWith());
    expect(naming).toMatchObject({ kind: "none", suspected: null });
    expect(naming.evidence).toBe("nothing was found at its limit");
  });

  it("and the client, too, are suspected of the queue that there is", () => {
    const io = [
      { type: "IO", event: "WALSync", sessions: 2 },
      { type: "Timeout", event: "PgSleep", sessions: 4 },
    ];
    const naming = namingOf(waiting("Client", "ClientRead", io), backendsWith());
    expect(naming).toMatchObject({ kind: "unknown", suspected: "io" });
    expect(naming.evidence).toBe(
      "the busy backends spend 22 % of their time waiting for the server's disk",
    );
  });
});
