import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectCode, Loadgen, runJsonIn, tinyFixture } from "../helpers/loadgen.ts";
import { startServer14 } from "../helpers/postgres.ts";
import { hasServer14 } from "../helpers/postgresql-14.ts";

describe.runIf(hasServer14)("a server of the user's own, PostgreSQL 14", () => {
  let loadgen: Loadgen;
  let server: Awaited<ReturnType<typeof startServer14>>;

  beforeAll(async () => {
    [loadgen, server] = await Promise.all([Loadgen.fresh(), startServer14()]);
  });

  afterAll(() => Promise.all([loadgen.remove(), server.stop()]));

  it("takes a run with a fault, by the libpq variables, and is left as it was", async () => {
    const { user, password, host, port, database } = server.address.clientConfig("test");
    const environment = {
      PGHOST: String(host),
      PGPORT: String(port),
      PGUSER: String(user),
      PGPASSWORD: String(password),
      PGDATABASE: String(database),
    };
    const load = ["--sessions", "6", "--think", "0", "--duration", "2s", "--warmup", "0"];
    const words = ["concurrent", ...tinyFixture, ...load, "--chaos", "pool-limit:max=2"];
    const { started, folder } = loadgen.startRun(words, environment);
    const ended = await started.ended;
    expectCode(ended, 0);
    const result = await runJsonIn(folder);
    expect(result.server.version).toMatch(/^14\./);
    expect(result.faults).toMatchObject([{ name: "pool-limit", effective: true, undone: true }]);
    expect(result.concurrency.busySessions.max).toBeLessThanOrEqual(2);
    expect(result.concurrency.poolWaitUs.p50).toBeGreaterThan(0);
    expect(result.invariants.every(({ ok }) => ok)).toBe(true);
    expect(ended.stdout + ended.stderr).not.toContain(String(password));

    const list = await loadgen.start(["fixtures", "list"], environment).ended;
    expectCode(list, 0);
    expect(list.stdout.trim().split("\n")).toHaveLength(1);
  });
});
