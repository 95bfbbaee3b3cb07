/** The modelled service, run as its users run it. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectCode, Loadgen, runJsonIn, tinyFixture } from "../helpers/loadgen.ts";

let loadgen: Loadgen;

beforeAll(async () => {
  loadgen = await Loadgen.prepared();
});

afterAll(() => loadgen.remove());

const short = [
  ...["service", ...tinyFixture, "--sessions", "6", "--transactions", "4", "--warmup", "0"],
  ...["--round-trip", "1", "--pool-max", "8"],
];

const after = [
  ...["--schema", "precomputed", "--claims", "shared", "--authorization", "cached"],
  ...["--cascade", "outside", "--streaming", "chunks"],
];

describe("loadgen run service", () => {
  it("tells its gates, and decides the same whatever was fixed", async () => {
    const before = await loadgen.run(...short);
    expectCode(before, 0);
    expect(before.stdout).toContain("Stages of the modelled service");
    const [then, now] = [await runJsonIn(before.folder), await runWith(after)];
    expect(then.transactions).toMatchObject({ committed: 24, aborted: 0, unknown: 0 });
    expect(then.plan.poolMax).toBe(8);
    const { threads, cores, "schema-lock": lock } = then.gates;
    expect([threads?.visits, lock?.visits]).toEqual([24, 24]);
    expect([threads?.capacity, cores?.capacity, lock?.capacity]).toEqual([64, 3, 1]);
    // Whoever has the lock works for 19 ms, and the others wait for it.
    expect(lock?.holdUs.mean).toBeGreaterThanOrEqual(19_000);
    expect(lock?.queueMax).toBeGreaterThanOrEqual(1);
    expect(now.gates).not.toHaveProperty("schema-lock");
    expect(now.digest).toEqual(then.digest);
  });

  it("is of one thread", async () => {
    const refused = await loadgen.run(...short, "--workers", "2");
    expectCode(refused, 2);
    expect(refused.stderr).toContain("the gates of a service are held by one thread");
  });

  async function runWith(options: readonly string[]) {
    const ended = await loadgen.run(...short, ...options);
    expectCode(ended, 0);
    return runJsonIn(ended.folder);
  }
});
