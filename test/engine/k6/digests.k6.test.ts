import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { expectCode, Loadgen, runJsonIn, tinyFixture } from "../../helpers/loadgen.ts";

const k6 = inject("k6");

const objects = ["--users", "60", "--groups", "4", "--page", "10", "--variant", "lock"];

/** The least that the two largest scenarios accept. */
const larger = ["--documents", "1000", "--references", "2000"];

const history = ["--blocks", "40", "--events-per-block", "20"];
const upkeep = "write-block=7,drop-oldest-day=1,restore-newest-day=1,roll-back=1";

describe.skipIf(k6 === null)("a scenario on k6", () => {
  let loadgen: Loadgen;
  beforeAll(async () => {
    loadgen = await Loadgen.prepared();
  });
  afterAll(() => loadgen.remove());

  it.each([
    ["concurrent", tinyFixture, 3, 5],
    ["single-document", tinyFixture, 3, 5],
    ["mixed", tinyFixture, 3, 5],
    ["point-read", tinyFixture, 3, 5],
    ["metaverse-create", objects, 2, 3],
    ["metaverse-update", objects, 2, 3],
    ["metaverse-match", objects, 2, 5],
    ["metaverse-import", [...objects.slice(0, 4), "--page", "4", ...objects.slice(6)], 2, 10],
    ["metaverse-sync", [...objects.slice(0, -1), "lock+create-unnest+match-prefetched"], 2, 6],
    ["history-write", history, 3, 5],
    ["history-read", history, 2, 20],
    ["history-mixed", [...history, "--late", "20", "--hot", "5"], 3, 10],
    ["history-upkeep", [...history, "--weights", upkeep], 2, 10],
    ["cross-partition", larger, 2, 1],
    // One transaction writes a thousand documents, which takes seconds.
    ["batch-1000", larger, 1, 1],
  ])("%s decides as on pg, and leaves clean data", async (...row) => {
    const [scenario, fixture, sessions, transactions] = row;
    const words = [scenario, ...fixture, "--sessions", String(sessions)];
    const length = ["--transactions", String(transactions), "--warmup", "0", "--timeout", "100s"];
    const given = [...words, ...length, "--think", "0"];
    const onPg = await loadgen.run(...given);
    const onK6 = await loadgen.run(...given, "--engine", "k6", "--k6", String(k6));
    expectCode(onPg, 0);
    expectCode(onK6, 0);
    const [pg, other] = [await runJsonIn(onPg.folder), await runJsonIn(onK6.folder)];
    expect(other.digest).toEqual(pg.digest);
    expect(other.transactions.committed).toBe(sessions * transactions);
    expect(other.invariants.every(({ ok }) => ok === true)).toBe(true);
  });
});
