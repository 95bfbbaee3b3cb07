import { describe, expect, it } from "vitest";
import type { Measurements, WaitFigure } from "../../src/scaling/measurements.ts";
import { namingOf } from "../../src/watch/findings.ts";
import { backendsWith, clientsOf, measurementsWith } from "./load.ts";

/** Nine of ten backends busy, and waiting so. */
function waiting(type: string | null, event: string, more: readonly WaitFigure[] = []) {
  const waits = [{ type, event, sessions: 9 - more.length }, ...more];
  return measurementsWith({ busy: 9, active: 9, idleInTransaction: 0, waits });
}

describe("ten backends that wait for their client", () => {
  it("are told of in plain words, and the client's side is suspected", () => {
    expect(namingOf(measurementsWith(), backendsWith())).toEqual({
      kind: "unknown",
      suspected: "generator",
      evidence:
        "The backends wait for the client 98 % of their time: what limits is on the client's side (a pool or socket limit of 10, or the driver)",
      seen: [
        "10 backends from the first look to the last, never more: whoever drives this load opens no more.",
        "On the average 6.1 of them were busy: 0.2 active, 5.9 idle in transaction. All 10 were busy at 3 % of the looks.",
        "Of the busy ones: 5.9 waiting for the client, with a transaction open, 0.2 running or waiting for a core.",
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
  it("are known to be the limit, not suspected", () => {
    const naming = namingOf(measurementsWith({ client: clientsOf(32) }), backendsWith());
    expect(naming).toMatchObject({ kind: "generator", suspected: null });
    expect(naming.evidence).toBe(
      "the load's own side limits it: 10 backends the whole time for 32 clients, and 25.9 of the 32 clients are not in the server on the average: a pool or socket limit of 10, or the driver, holds them back",
    );
    expect(naming.seen).toContain("25.9 of 32 clients are not in the server, on the average.");
  });

  it("are so whatever the backends do", () => {
    const seen = { ...waiting("Lock", "transactionid"), client: clientsOf(11) };
    expect(namingOf(seen, backendsWith()).kind).toBe("generator");
  });

  it.each([10, 8])("are not there with %s clients", (clients) => {
    const naming = namingOf(measurementsWith({ client: clientsOf(clients) }), backendsWith());
    expect(naming).toMatchObject({ kind: "unknown", suspected: "generator" });
  });

  it("are more where somebody else has the same name", () => {
    const naming = namingOf(measurementsWith({ client: clientsOf(8) }), backendsWith());
    expect(naming.seen.at(-1)).toMatch(/^10 backends are more than the 8 clients of --clients/);
  });
});

describe("backends that the server keeps busy", () => {
  it.each([
    ["Lock", "transactionid", "lock", "waiting for a lock that another transaction holds"],
    ["LWLock", "LockManager", "internal-lock", "waiting for a lock inside the server"],
    ["LWLock", "WALWrite", "io", "reading and writing files"],
    ["IO", "DataFileRead", "io", "reading and writing files"],
    ["Client", "ClientWrite", "network", "waiting until the client takes what it asked for"],
    ["Timeout", "PgSleep", "other", "waiting for something else"],
  ])("waiting for %s:%s are suspected of %s", (type, event, suspected, text) => {
    const naming = namingOf(waiting(type, event), backendsWith());
    expect(naming).toMatchObject({ kind: "unknown", suspected });
    expect(naming.evidence).toContain(`100 % of their time ${text}`);
  });

  const host = (busyCores: number): Measurements["host"] => ({
    cores: 2,
    busyCores,
    serverCores: busyCores,
    generatorCores: 0,
  });

  it.each([
    [null, "cpu", "how busy they are cannot be seen from here"],
    [host(1.93), "cpu", "1.9 of 2 cores are busy: that is what limits"],
    [host(0.5), null, "0.5 of 2 cores are busy: the server has room"],
  ])("running, with the host %j, are suspected of %s", (machine, suspected, text) => {
    const seen = { ...waiting(null, "running"), host: machine };
    const naming = namingOf(seen, backendsWith());
    expect(naming.suspected).toBe(suspected);
    expect(naming.evidence).toContain(text);
  });

  it("by many things are suspected of none", () => {
    const more = ["IO", "Lock", "LWLock", "Timeout", "IPC"].map((type) => ({
      type,
      event: type,
      sessions: 1,
    }));
    const naming = namingOf(waiting(null, "running", more), backendsWith());
    expect(naming).toMatchObject({ kind: "unknown", suspected: null });
    expect(naming.evidence).toMatch(/^No single thing/);
  });
});
