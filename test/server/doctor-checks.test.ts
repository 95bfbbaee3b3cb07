import { describe, expect, it } from "vitest";
import {
  type Check,
  judged,
  type MachineFacts,
  type Needs,
  openFilesIn,
  type ServerFacts,
} from "../../src/server/doctor-checks.ts";

const healthyServer: ServerFacts = {
  versionNumber: 180_004,
  systemIdentifier: "7710313245226297471",
  statementsLoaded: true,
  trackIoTiming: "on",
  trackFunctions: "pl",
  trackActivities: "on",
  locksPerTransactionMax: 512,
  preparedTransactionsMax: 0,
  room: { max: 120, reserved: 3, used: 2, free: 115 },
  privileges: {
    superuser: false,
    createDatabase: true,
    monitor: true,
    signalBackend: true,
    checkpoint: true,
  },
  extensionsAvailable: ["amcheck", "pg_stat_statements", "pgstattuple"],
  databases: [
    {
      name: "loadgen_dms_current_0",
      mark: {
        kind: "fixture",
        home: "postgres",
        content: {
          name: "loadgen_dms_current_0",
          system: "dms",
          variant: "current",
          parameters: {},
        },
      },
    },
  ],
};
const healthyMachine: MachineFacts = { node: "20.19.2", cores: 2, openFilesMax: 1024 };
const needs: Needs = { sessions: 100, connections: 104, locksPerTransaction: 130 };

/** What is not well with a server and a machine that differ from healthy ones in one thing. */
function complaints(
  server: Partial<ServerFacts>,
  machine: Partial<MachineFacts> = {},
): readonly Check[] {
  const checks = judged({ ...healthyServer, ...server }, { ...healthyMachine, ...machine }, needs);
  return checks.filter((check) => check.ok !== true);
}

describe("the doctor", () => {
  it("has nothing to say against healthy ones", () => {
    expect(complaints({})).toEqual([]);
  });

  it.each<[string, Partial<ServerFacts>]>([
    ["server version", { versionNumber: 130_022 }],
    ["server version", { versionNumber: 190_000 }],
    ["pg_stat_statements", { statementsLoaded: false }],
    ["track_io_timing", { trackIoTiming: "off" }],
    ["track_functions", { trackFunctions: "none" }],
    ["track_activities", { trackActivities: "off" }],
    ["connections", { room: { max: 120, reserved: 3, used: 14, free: 103 } }],
    ["lock table", { locksPerTransactionMax: 64 }],
    ["extension pg_stat_statements", { extensionsAvailable: ["amcheck", "pgstattuple"] }],
    ["extension pgstattuple", { extensionsAvailable: ["amcheck", "pg_stat_statements"] }],
    ["extension amcheck", { extensionsAvailable: ["pg_stat_statements", "pgstattuple"] }],
    ["databases left behind", { databases: [{ name: "loadgen_run_1_2", mark: null }] }],
    [
      "may create databases",
      { privileges: { ...healthyServer.privileges, createDatabase: false } },
    ],
    ["may see other sessions", { privileges: { ...healthyServer.privileges, monitor: false } }],
    [
      "may end other sessions",
      { privileges: { ...healthyServer.privileges, signalBackend: false } },
    ],
    ["may write a checkpoint", { privileges: { ...healthyServer.privileges, checkpoint: false } }],
  ])("says no to %s, and what to do, for %j", (name, server) => {
    const [complaint, ...others] = complaints(server);
    expect(complaint).toMatchObject({ name, ok: false });
    expect(complaint?.hint).not.toBe("");
    expect(others).toEqual([]);
  });

  it.each<[string, Partial<MachineFacts>]>([
    ["node", { node: "18.20.8" }],
    ["open files", { openFilesMax: 167 }],
    ["cores", { cores: 1 }],
  ])("says no to %s, and what to do, for %j", (name, machine) => {
    const [complaint, ...others] = complaints({}, machine);
    expect(complaint).toMatchObject({ name, ok: false });
    expect(complaint?.hint).not.toBe("");
    expect(others).toEqual([]);
  });

  it("says how large a lock table it would take", () => {
    const [complaint] = complaints({ locksPerTransactionMax: 64 });
    expect(complaint).toMatchObject({
      found: "7680 (max_locks_per_transaction 64 for 120)",
      needed: "13000 (130 a transaction in 100 sessions)",
      hint: expect.stringContaining("to 109 or more") as string,
    });
  });

  it("counts prepared transactions, which hold locks too", () => {
    expect(complaints({ locksPerTransactionMax: 64, preparedTransactionsMax: 100 })).toEqual([]);
  });

  it("says that it does not know rather than guess", () => {
    expect(complaints({ systemIdentifier: null }, { openFilesMax: null })).toMatchObject([
      { name: "system identifier", ok: null },
      { name: "open files", ok: null },
    ]);
  });
});

describe("the limit of open files", () => {
  const limits = (soft: string) =>
    `Limit                     Soft Limit           Hard Limit           Units\n` +
    `Max processes             96480                96480                processes\n` +
    `Max open files            ${soft.padEnd(20)} 1048576              files\n`;

  it("is the soft one", () => {
    expect(openFilesIn(limits("1024"))).toBe(1024);
  });

  it("may be none at all", () => {
    expect(openFilesIn(limits("unlimited"))).toBe(Infinity);
  });

  it("is unknown where the text does not say", () => {
    expect(openFilesIn("Max processes 1 1\n")).toBeNull();
  });
});
