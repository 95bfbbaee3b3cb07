import { readFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { coresInList } from "../../src/core/cpu-list.ts";
import { cpuLimit } from "../../src/faults/cpu-limit.ts";
import { taskset } from "../../src/faults/backend-processes.ts";
import type { FaultContext, InForce } from "../../src/faults/fault.ts";
import { Connection } from "../../src/server/connection.ts";
import { type FreshDatabase, freshDatabase, until } from "../helpers/postgres.ts";
import { contextOn } from "../run/faults/fault.ts";

let database: FreshDatabase;
let sessions: Connection[];
let pids: readonly number[];
let context: FaultContext;

beforeEach(async () => {
  database = await freshDatabase();
  const opening = [0, 1, 2].map((session) =>
    Connection.open(database.address, `loadgen/ledger/${session}`),
  );
  sessions = await Promise.all(opening);
  pids = await Promise.all(sessions.map(pidOf));
  context = contextOn(database.connection, { backends: () => Promise.resolve(pids) });
});

afterEach(async () => {
  await Promise.all(sessions.map((session) => session.close()));
  await database.drop();
});

async function pidOf(connection: Connection): Promise<number> {
  const [row] = await connection.query("select pg_backend_pid() as pid");
  return Number(row?.pid);
}

/** By /proc itself. */
async function listOf(pid: number): Promise<string> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? "";
}

function lists(): Promise<readonly string[]> {
  return Promise.all(pids.map(listOf));
}

function inject(cores: number): Promise<InForce> {
  return cpuLimit.inject(context, { cores }, null);
}

describe("cpu-limit", () => {
  it("pins the sessions' backends to one core together, and nobody else, until it is released", async () => {
    expect(await cpuLimit.check(context, { cores: 1 })).toEqual([]);
    const before = await lists();
    const own = await pidOf(database.connection);
    const ownBefore = await listOf(own);
    const inForce = await inject(1);
    const [first = NaN] = coresInList(before[0] ?? "");
    expect(await lists()).toEqual(pids.map(() => String(first)));
    expect(await listOf(own)).toBe(ownBefore);
    await inForce.release();
    expect(await lists()).toEqual(before);
    await inForce.release();
    expect(await lists()).toEqual(before);
  });

  it("puts back what each of them had before, which need not be the same", async () => {
    const [one = 0, ...others] = pids;
    const before = await listOf(others[0] ?? 0);
    const last = String(coresInList(before).at(-1));
    expect(await taskset([one], last)).toBe("");
    const inForce = await inject(1);
    expect(new Set(await lists()).size).toBe(1);
    await inForce.release();
    expect(await lists()).toEqual([last, before, before]);
  });

  it("changes nothing by its check", async () => {
    const before = await listOf(await pidOf(database.connection));
    await cpuLimit.check(context, { cores: 1 });
    expect(await listOf(await pidOf(database.connection))).toBe(before);
  });

  it("is not injected where it would limit nothing", async () => {
    const before = await lists();
    const count = coresInList(before[0] ?? "").length;
    await expect(inject(count)).rejects.toThrow(
      `cores=${count} limits nothing: the backends may use ${count}`,
    );
    expect(await lists()).toEqual(before);
  });

  it("is not injected where the server does not say which backends are the sessions'", async () => {
    const silent = { ...context.sessions, backends: () => Promise.resolve(null) };
    await expect(
      cpuLimit.inject({ ...context, sessions: silent }, { cores: 1 }, null),
    ).rejects.toThrow("the server did not say which backends are the sessions'");
  });

  it("leaves processes alone that are no backends of the run's database", async () => {
    const own = await pidOf(database.connection);
    const ownList = await listOf(process.pid);
    const other = await freshDatabase();
    try {
      // As if their numbers had come from a server elsewhere.
      const strangers = [process.pid, await pidOf(other.connection)];
      const mixed = { ...context.sessions, backends: () => Promise.resolve(strangers) };
      await expect(
        cpuLimit.inject({ ...context, sessions: mixed }, { cores: 1 }, null),
      ).rejects.toThrow("none of the sessions' 2 backends is a process of this machine");
      expect(await listOf(process.pid)).toBe(ownList);
      expect(await listOf(strangers[1] ?? 0)).toBe(await listOf(own));
    } finally {
      await other.drop();
    }
  });

  it("passes over backends that ended, before its injection and before its release", async () => {
    const before = await lists();
    const [first, second, third = 0] = pids;
    await end(0, first ?? 0);
    const inForce = await inject(1);
    await end(1, second ?? 0);
    await inForce.release();
    expect(await listOf(third)).toBe(before[2]);
  });

  async function end(session: number, pid: number): Promise<void> {
    await sessions[session]?.close();
    await until(
      () =>
        listOf(pid).then(
          () => false,
          () => true,
        ),
      "the end of the backend",
    );
  }

  it("says what to install where there is no taskset", async () => {
    const path = process.env.PATH;
    process.env.PATH = "/nowhere";
    try {
      expect(await cpuLimit.check(context, { cores: 1 })).toEqual([
        "cpu-limit needs taskset in PATH: install the package util-linux",
      ]);
      await expect(inject(1)).rejects.toThrow(/Left to do, by hand: taskset -a -c -p \d+ \d+;/);
    } finally {
      process.env.PATH = path;
    }
    const before = await lists();
    const inForce = await inject(1);
    process.env.PATH = "/nowhere";
    try {
      await expect(inForce.release()).rejects.toThrow(
        /Left to do, by hand: taskset -a -c -p \S+ \d+;/,
      );
    } finally {
      process.env.PATH = path;
    }
    await inForce.release();
    expect(await lists()).toEqual(before);
  });

  it("leaves nothing behind that would have to be journalled", () => {
    expect(cpuLimit.undo).toBeUndefined();
  });
});
