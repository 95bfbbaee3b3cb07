/** kill -9 of a run at some moment of its faults, then chaos restore: the server is as it was before. */
import { setTimeout as wait } from "node:timers/promises";
import { expect } from "vitest";
import { namedStream } from "../../src/core/random.ts";
import type { Fault } from "../../src/faults/fault.ts";
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

export interface KillRound {
  readonly seed: number;
  /** Long enough for the faults to come and go, and to be killed in the middle of either. */
  readonly killMsMax: number;
  /** What every run begins with. */
  readonly fixture: DatabaseState;
}

/** One round; the moment is drawn from the seed. The fixture is loaded; its state is given. */
export async function killAndRestore(
  loadgen: Loadgen,
  faults: readonly string[],
  { seed, killMsMax, fixture }: KillRound,
): Promise<void> {
  const address = await loadgen.server();
  const before = await clusterState(address);
  const { started } = loadgen.startRun([
    "concurrent",
    ...tinyFixture,
    ...["--sessions", "3", "--duration", "10m", "--warmup", "0"],
    ...faults.flatMap((text) => ["--chaos", text]),
  ]);
  await started.printed("measuring for");
  // That it is killed at any moment is what is tested: no moment decides what is expected.
  await wait(namedStream(seed, "kill").below(killMsMax));
  started.signal("SIGKILL");
  expectCode(await started.ended, null);
  expectCode(await loadgen.command("chaos", "restore"), 0);
  await untilQuiet(loadgen, address);
  expect(await stoppedProcesses(loadgen)).toBe(0);
  expect(await clusterState(address)).toEqual(before);
  expect(await cloneState(loadgen, address)).toEqual(fixture);
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
