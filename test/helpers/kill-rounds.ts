/**
 * kill -9 of a run at some moment of its faults, then chaos restore: the server is as it was before,
 * and what the run left was seen in between.
 */
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect } from "vitest";
import { namedStream } from "../../src/core/random.ts";
import type { Fault } from "../../src/faults/fault.ts";
import { isOfHost } from "../../src/faults/host.ts";
import { localEntries } from "../../src/faults/journal.ts";
import type { Address } from "../../src/server/address.ts";
import { Connection } from "../../src/server/connection.ts";
import { expectCode, type Loadgen, tinyFixture } from "./loadgen.ts";
import {
  clusterState,
  type DatabaseState,
  databaseState,
  stoppedProcesses,
  untilQuiet,
} from "./server-state.ts";

/** As on the command line, with the smallest value of each parameter that must be given. */
export function textOf({ name, parameters }: Fault, window: string): string {
  const given = Object.entries(parameters).flatMap(([key, limits]) =>
    "min" in limits && limits.default === null ? [`${key}=${limits.min}`] : [],
  );
  return `${name}${given.length === 0 ? "" : `:${given.join(",")}`}@${window}`;
}

/** A run to be killed, and when. */
export interface Killing {
  readonly faults: readonly Fault[];
  /** Of each fault, as on the command line. */
  readonly texts: readonly string[];
  /** Which of the texts must be in force first. */
  readonly awaited: string;
  /** How long after that. */
  readonly delayMs: number;
  /** The faults have no end of their own: what they leave must be seen. */
  readonly stay: boolean;
}

/** In the middle of a fault that stays. */
export function inForce(fault: Fault, seed: number): Killing {
  const text = textOf(fault, "200ms");
  const delayMs = namedStream(seed, "kill").below(300);
  return { faults: [fault], texts: [text], awaited: text, delayMs, stay: true };
}

/** Before the end of a fault, in its undo, or right after it. */
export function aroundUndo(fault: Fault, seed: number): Killing {
  const text = textOf(fault, "200ms+400ms");
  const delayMs = namedStream(seed, "kill").below(500);
  return { faults: [fault], texts: [text], awaited: text, delayMs, stay: false };
}

/** What the killed run was found to have left, all of which must be gone in the end. */
export interface Traces {
  /** Faults in the journal on disk. */
  readonly journalled: readonly string[];
  /** Backends of the run right before the kill, by application_name; none where a fault stops the server. */
  readonly backends: readonly string[];
}

/** One round. The fixture is loaded; its state, with which every run begins, is given. */
export async function killAndRestore(
  loadgen: Loadgen,
  killing: Killing,
  fixture: DatabaseState,
): Promise<Traces> {
  const address = await loadgen.server();
  const before = await clusterState(address);
  const traces = await runAndKill(loadgen, address, killing);
  const restored = await loadgen.command("chaos", "restore");
  expectCode(restored, 0);
  expect(undoneIn(restored.stdout)).toEqual(traces.journalled);
  if (killing.stay) expectTracesOf(killing.faults, traces);
  await untilQuiet(loadgen, address);
  expect(await stoppedProcesses(loadgen)).toBe(0);
  expect(await clusterState(address)).toEqual(before);
  expect(await cloneState(loadgen, address)).toEqual(fixture);
  return traces;
}

async function runAndKill(loadgen: Loadgen, address: Address, killing: Killing): Promise<Traces> {
  const { faults, texts, awaited, delayMs } = killing;
  // Opened before there is a fault: one of them takes every place.
  const connection = await Connection.open(address, "loadgen/test");
  const { started } = loadgen.startRun([
    "concurrent",
    ...tinyFixture,
    ...["--sessions", "3", "--duration", "10m", "--warmup", "0"],
    ...texts.flatMap((text) => ["--chaos", text]),
  ]);
  try {
    await started.printed(`fault in force: ${awaited}`);
    // That it is killed at any moment is what is tested: no moment decides what is expected.
    await wait(delayMs);
    const backends = faults.some(isOfHost) ? [] : await backendsOfRun(connection);
    started.signal("SIGKILL");
    expectCode(await started.ended, null);
    const entries = await localEntries(join(loadgen.home, "journal"));
    return { journalled: entries.map(({ fault }) => fault).sort(), backends };
  } finally {
    await connection.close();
  }
}

async function backendsOfRun(connection: Connection): Promise<readonly string[]> {
  const rows = await connection.query(
    `select application_name::text as name from pg_stat_activity
      where starts_with(datname, 'loadgen_run_') and starts_with(application_name, 'loadgen/')`,
  );
  return rows.map(({ name }) => String(name));
}

function undoneIn(stdout: string): readonly string[] {
  const lines = stdout.matchAll(/^(\S+) \(injected .*\): undone in the database loadgen_run_/gm);
  return [...lines].map(([, fault = ""]) => fault).sort();
}

/** A round that killed a run without faults would prove nothing. */
function expectTracesOf(faults: readonly Fault[], { journalled, backends }: Traces): void {
  const left = faults.filter(({ undo }) => undo !== undefined).map(({ name }) => name);
  expect(journalled).toEqual(left.sort());
  if (!faults.some(isOfHost)) expect(backends.length).toBeGreaterThan(0);
}

/** Of the clone that the killed run left, which is then dropped. */
async function cloneState(loadgen: Loadgen, address: Address) {
  const [name = "", ...others] = await loadgen.databases("loadgen_run_");
  expect([name.length > 0, others]).toEqual([true, []]);
  const state = await databaseState(address.withDatabase(name));
  await administer(address, `drop database ${name} with (force)`);
  return state;
}

/** Of what every run begins with: another copy of the fixture. */
export async function fixtureState(loadgen: Loadgen): Promise<DatabaseState> {
  const address = await loadgen.server();
  const [fixture = ""] = await loadgen.databases("loadgen_dms_");
  await administer(address, `create database reference template ${fixture}`);
  const state = await databaseState(address.withDatabase("reference"));
  await administer(address, "drop database reference with (force)");
  return state;
}

async function administer(address: Address, sql: string): Promise<void> {
  await Connection.use(address, "loadgen/test", (connection) => connection.query(sql));
}
