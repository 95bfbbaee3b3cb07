/** Through the command line: hazards are found, what is guarded passes, and faults lose nothing. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectCode, Loadgen, runJsonIn } from "../../helpers/loadgen.ts";

const small = ["--blocks", "40", "--events-per-block", "20", "--warmup", "0"];
const provoked = ["--hot", "5", "--late", "50", "--sorted", "--transactions", "15"];

describe("history-write", () => {
  let loadgen: Loadgen;
  beforeAll(async () => {
    loadgen = await Loadgen.fresh();
  });
  afterAll(() => loadgen.remove());

  it.each([
    ["current-flag", 96],
    ["statement-upsert,copy", 0],
  ])("on variant %s ends with %i where late events are written", async (variant, code) => {
    const words = ["--variant", variant, "--sessions", "2", ...small, ...provoked];
    const ended = await loadgen.run("history-write", ...words);
    expectCode(ended, code);
    const { invariants } = await runJsonIn(ended.folder);
    const broken = invariants.filter(({ ok }) => ok !== true).map(({ name }) => name);
    if (code === 0) expect(broken).toEqual([]);
    else expect(broken).toContain("current-is-newest");
  });

  it("loses nothing when its backends are killed", async () => {
    const words = ["--variant", "row-upsert", "--sessions", "2", "--sorted", ...small];
    const chaos = ["--duration", "3s", "--ledger", "--chaos", "kill-backends@500ms+1s"];
    const ended = await loadgen.run("history-write", ...words, ...chaos);
    expectCode(ended, 0);
    const result = await runJsonIn(ended.folder);
    expect(result.faults).toMatchObject([{ effective: true, undone: true }]);
    expect(result.ledger).toMatchObject({ lost: 0, doubled: 0 });
    expect(result.transactions.committed).toBeGreaterThan(0);
  });
});
