import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  acquireRunLock,
  type RunLock,
  runLockKeys,
  type RunLockHolder,
  type Waiting,
} from "../../src/server/run-lock.ts";
import { Connection } from "../../src/server/connection.ts";
import { type FreshDatabase, freshDatabase, serverAddress, until } from "../helpers/postgres.ts";
import { freshRole } from "../helpers/role.ts";

let home: FreshDatabase;
const locks: RunLock[] = [];

beforeEach(async () => {
  home = await freshDatabase();
});

afterEach(async () => {
  await Promise.all(locks.splice(0).map((lock) => lock.release()));
  await home.drop();
});

const unaborted = new AbortController().signal;

const notWaiting: Waiting = {
  onWaiting: () => {
    throw new Error("waited");
  },
  signal: unaborted,
  comesBack: () => Promise.resolve(false),
};

async function locked(waiting: Waiting): Promise<RunLock> {
  const lock = await acquireRunLock(home.address, waiting);
  locks.push(lock);
  return lock;
}

/** Asks for the lock while another holds it, and returns once it is known to wait. */
async function waiter(signal: AbortSignal) {
  const holders: RunLockHolder[] = [];
  const result = locked({
    ...notWaiting,
    onWaiting: (holder) => holders.push(holder),
    signal,
  });
  result.catch(() => undefined);
  await until(() => holders.length > 0, "the second run waits");
  return { result, holders };
}

async function lockConnections(): Promise<number[]> {
  const rows = await home.connection.query(
    "select pid from pg_stat_activity where application_name like 'loadgen/run-lock %'",
  );
  return rows.map((row) => Number(row.pid));
}

describe("the run lock", () => {
  it("is one for all databases of a server", async () => {
    const other = await freshDatabase();
    const elsewhere = await acquireRunLock(other.address, notWaiting);
    const { result } = await waiter(unaborted);
    await elsewhere.release();
    await result;
    await other.drop();
  });

  it("is given at once where nobody holds it, again and again", async () => {
    for (let run = 0; run < 3; run++) await (await locked(notWaiting)).release();
  });

  it("makes a second run wait, and says which process it waits for and since when", async () => {
    const before = Date.now();
    const first = await locked(notWaiting);
    const { result, holders } = await waiter(unaborted);
    expect(holders[0]?.pid).toBe(process.pid);
    const since = holders[0]?.since?.getTime() ?? 0;
    expect(Math.abs(since - before)).toBeLessThan(10_000);
    await first.release();
    await result;
    expect(holders).toHaveLength(1);
  });

  it("says so of a holder that is no loadgen", async () => {
    await Connection.use(serverAddress(), "somebody", async (connection) => {
      await connection.query("select pg_advisory_lock($1, $2)", [0x6c6f6164, 0x72756e]);
      const { result, holders } = await waiter(unaborted);
      expect(holders[0]?.pid).toBeNull();
      await connection.query("select pg_advisory_unlock_all()");
      await result;
    });
  });

  it("is free again when its holder dies", async () => {
    const holder = await Connection.open(serverAddress(), "somebody");
    const [row] = await holder.query(
      "select pg_backend_pid() as pid, pg_advisory_lock($1, $2)",
      runLockKeys,
    );
    const { result } = await waiter(unaborted);
    await home.connection.query("select pg_terminate_backend($1)", [row?.pid]);
    await result;
    await holder.close();
  });

  it("is taken again when its connection dies during the run", async () => {
    const lock = await locked(notWaiting);
    const [pid] = await lockConnections();
    await home.connection.query("select pg_terminate_backend($1, 10000)", [pid]);
    await lock.regained();
    expect(lock.isHeld).toBe(true);
    expect(lock.lost.aborted).toBe(false);
    const { result } = await waiter(unaborted);
    await lock.release();
    await result;
  });

  it("tells its holder when its connection dies and somebody else has it by then", async () => {
    const lock = await locked(notWaiting);
    const [pid] = await lockConnections();
    // Already in the queue, so that nobody comes between.
    await Connection.use(serverAddress(), "somebody", async (connection) => {
      const taken = connection.query("select pg_advisory_lock($1, $2)", runLockKeys);
      await until(async () => {
        const rows = await home.connection.query(
          "select from pg_catalog.pg_locks where locktype = 'advisory' and not granted",
        );
        return rows.length > 0;
      }, "somebody queues for the lock");
      await home.connection.query("select pg_terminate_backend($1)", [pid]);
      await taken;
      await lock.regained();
      expect(lock.lost.reason).toMatchObject({ name: "ServerError" });
      expect(lock.isHeld).toBe(false);
      await lock.release();
    });
  });

  it("is waited for again where a living run has crashed the server under the one who waits", async () => {
    const first = await locked(notWaiting);
    const controller = new AbortController();
    let asked = 0;
    const holders: RunLockHolder[] = [];
    const result = locked({
      onWaiting: (holder) => holders.push(holder),
      signal: controller.signal,
      comesBack: () => Promise.resolve(++asked === 1),
    });
    result.catch(() => undefined);
    const terminate = async () => {
      await until(() => holders.length === asked + 1, "the second run waits");
      await home.connection.query(
        `select pg_terminate_backend(pid, 10000) from pg_stat_activity
          where application_name like 'loadgen/run-lock %' and pid <> $1`,
        [firstPid],
      );
    };
    const [row] = await home.connection.query(
      "select pid from pg_locks where locktype = 'advisory' and granted and objid = $1",
      [runLockKeys[1]],
    );
    const firstPid = row?.pid;
    await terminate();
    await until(() => asked === 1, "the second run asks whether the server comes back");
    await terminate();
    // Nobody's run has done that the second time.
    await expect(result).rejects.toMatchObject({ name: "ServerError" });
    expect(asked).toBe(2);
    await first.release();
  });

  it("does not call a released lock lost", async () => {
    const lock = await locked(notWaiting);
    await lock.release();
    await until(async () => (await lockConnections()).length === 0, "the connection is closed");
    expect(lock.lost.aborted).toBe(false);
  });

  it("is not waited for any longer after an abort, and nothing is left behind", async () => {
    await locked(notWaiting);
    const controller = new AbortController();
    const { result } = await waiter(controller.signal);
    const reason = new Error("Ctrl-C");
    controller.abort(reason);
    await expect(result).rejects.toBe(reason);
    await until(async () => (await lockConnections()).length === 1, "only the holder is left");
  });

  it("is not even asked for after an abort", async () => {
    const signal = AbortSignal.abort(new Error("Ctrl-C"));
    await expect(locked({ ...notWaiting, signal })).rejects.toThrow("Ctrl-C");
  });

  it("is not ended by the login's limit for idle sessions", async () => {
    const role = await freshRole(home.address);
    await home.connection.script(`alter role ${role.name} set idle_session_timeout = '50ms'`);
    const lock = await acquireRunLock(role.address, notWaiting);
    // A second connection, which does have the limit, shows when it would have struck.
    const idle = await Connection.open(role.address, "loadgen/test-idle");
    await until(async () => {
      const rows = await home.connection.query(
        "select from pg_stat_activity where application_name = 'loadgen/test-idle' and usename = $1",
        [role.name],
      );
      return rows.length === 0;
    }, "the limit strikes");
    await idle.close();
    expect(lock.lost.aborted).toBe(false);
    await lock.release();
    await role.drop();
  });
});
