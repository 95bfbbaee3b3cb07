/** metaverse-import through the command line: what goes wrong by what is remembered, and what does not. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectCode, Loadgen, runJsonIn } from "../../helpers/loadgen.ts";

const small = ["--users", "200", "--groups", "4", "--warmup", "0"];
const meeting = ["--sessions", "4", "--hot", "16", "--page", "8", "--transactions", "25"];

describe("metaverse-import", () => {
  let loadgen: Loadgen;
  beforeAll(async () => {
    loadgen = await Loadgen.prepared();
  });
  afterAll(() => loadgen.remove());

  async function ran(variant: string, code: number, ...words: readonly string[]) {
    const given = ["--variant", variant, ...small, ...words];
    const ended = await loadgen.run("metaverse-import", ...given);
    expectCode(ended, code);
    const result = await runJsonIn(ended.folder);
    const broken = result.invariants.filter(({ ok }) => ok !== true).map(({ name }) => name);
    return { ...result, broken };
  }

  it("imports into the wrong entries where nobody is told", async () => {
    const { broken, stores } = await ran(
      "match-entity-cache+told-never",
      96,
      "--transactions",
      "100",
    );
    expect(broken).toContain("imported-as-itself");
    expect(stores.entries?.hits).toBeGreaterThan(0);
  });

  it("finds in time what is out of date where rows are locked", async () => {
    const { broken, stores } = await ran("match-model+told-never+lock", 0, ...meeting);
    expect(broken).toEqual([]);
    expect(Object.keys(stores).sort()).toEqual([
      ...["entries", "objects", "places of entries", "places of objects"],
    ]);
    expect(stores.entries?.stale).toBeGreaterThan(0);
    expect(stores.entries?.hits).toBeGreaterThanOrEqual(stores.entries?.stale ?? 0);
  });

  it("hears in each thread what others have changed", async () => {
    const variant = "match-lookup-cache+told-by-notification+lock";
    const { broken, stores } = await ran(variant, 0, ...meeting, "--workers", "2");
    expect(broken).toEqual([]);
    // Whoever sent it has forgotten it by itself: what is told to forget was another thread's.
    expect(stores.entries?.told).toBeGreaterThan(0);
    expect(stores.entries?.heard).toBeGreaterThan(stores.entries?.told ?? 0);
  });

  it("says which imports were lost by a dictionary that nobody tells", async () => {
    const weights = "import-page=9,exchange-ids=0,replace-entry=1,provision-entry=0,join-page=0";
    const words = ["--weights", `${weights},exchange-objects=0`, "--transactions", "40"];
    const { operations } = await ran("match-prefetched", 99, ...words);
    expect(operations["import-page"]?.errors).toHaveProperty("import-lost");
  });
});
