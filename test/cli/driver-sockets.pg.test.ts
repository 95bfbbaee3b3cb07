import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectCode, Loadgen, runJsonIn, tinyFixture } from "../helpers/loadgen.ts";

let loadgen: Loadgen;

beforeAll(async () => {
  loadgen = await Loadgen.prepared();
});

afterAll(() => loadgen.remove());

const load = [...tinyFixture, "--sessions", "24", "--think", "0", "--hold", "100ms"];
const time = ["--duration", "3s", "--warmup", "500ms"];

describe("a driver that shares ten sockets among all sessions", () => {
  it("is told from the server: the run is invalid, and says what to look for", async () => {
    const sockets = ["--driver-sockets", "10", "--driver-overhead", "45ms"];
    const run = await loadgen.run("concurrent", ...load, ...time, ...sockets);
    expectCode(run, 97);
    expect(run.stdout).toContain("opening connections: 10");
    const { verdict, plan, concurrency, transactions, crossCheck } = await runJsonIn(run.folder);
    expect(verdict.reasons).toContain(
      "the load generator itself was the bottleneck: only 10 backends worked for it, though 24 of its connections were in use at a time: " +
        "a pooler, a proxy or the driver between them holds the others back; connect directly, or declare it with --pool-max",
    );
    expect(plan.driverSockets).toEqual({ count: 10, overheadMs: 45 });
    expect(concurrency).toMatchObject({ connectionsUsed: 10 });
    expect(concurrency.busySessions.max).toBeLessThanOrEqual(10);
    // Nothing of it is a wait for a connection, as far as the generator knows.
    expect(concurrency.poolWaitUs.p50).toBeLessThan(50_000);
    expect(transactions.committed).toBeGreaterThan(24);
    expect(crossCheck).toMatchObject({ kind: "agrees" });

    const declared = await loadgen.run("--repeat", run.folder, "--pool-max", "10");
    expectCode(declared, 0);
    const repeated = await runJsonIn(declared.folder);
    expect(repeated.plan).toMatchObject({ poolMax: 10, driverSockets: null });
    expect(repeated.concurrency.poolWaitUs.p50).toBeGreaterThan(50_000);
  });
});
