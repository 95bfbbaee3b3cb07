import { describe, expect, it } from "vitest";
import { k6, loadgenOfTests, onK6 } from "../../helpers/k6-runs.ts";
import { expectCode, runJsonIn, tinyFixture } from "../../helpers/loadgen.ts";

describe.skipIf(k6 === null)("faults under sessions of k6", () => {
  const loadgen = loadgenOfTests();

  async function broken(...words: readonly string[]) {
    const load = ["concurrent", ...tinyFixture, "--sessions", "4", "--think", "0", "--warmup", "0"];
    const run = await loadgen().run(...load, "--ledger", ...words, ...onK6);
    const result = await runJsonIn(run.folder).catch(() => null);
    if (result === null) expectCode(run, 0);
    return { run, result: result! };
  }

  /** Windows are the sum of their segments: none is counted twice, and none is missing. */
  function committedInWindows(windows: Awaited<ReturnType<typeof broken>>["result"]["windows"]) {
    return windows
      .map(({ perSecond, startMs, endMs }) => (perSecond * (endMs - startMs)) / 1000)
      .reduce((sum, count) => sum + count, 0);
  }

  it.each([
    ["kill-backends", "kill-backends:every=200ms@500ms+1500ms", /57P01|connection-lost/],
    ["cancel-queries", "cancel-queries@500ms+1s", /57014/],
    ["latency", "latency:ms=60@500ms+1500ms", null],
    ["commit-reply-lost", "commit-reply-lost:percent=30@500ms+1s", /connection-lost/],
    ["crash", "crash@500ms+500ms", /57P0[123]|connection-lost/],
  ])("%s has honest outcomes, and nothing acknowledged is lost", async (name, fault, codes) => {
    const { result } = await broken("--duration", "3s", "--hold", "20ms", "--chaos", fault);
    const { ledger, transactions, faults, windows, operations } = result;
    expect(faults).toMatchObject([{ name, effective: true, undone: true }]);
    expect(ledger).toMatchObject({ lost: 0, doubled: 0, refusedButThere: 0, unplanned: 0 });
    expect(ledger?.acknowledged).toBe(transactions.committed);
    const { committed, rolledBack } = ledger!.unknown;
    expect(committed + rolledBack).toBe(transactions.unknown);
    const { errors } = operations["replace-references"]!;
    if (codes !== null) expect(Object.keys(errors).join()).toMatch(codes);
    // How long a server takes to be back is not ours to say.
    const names = windows.map((one) => one.name);
    const all = name === "crash" ? names.slice(0, 2).concat("recovery") : names;
    expect(all).toEqual(["baseline", "fault", "recovery"]);
    expect(committedInWindows(windows)).toBeCloseTo(transactions.committed - transactions.late, -1);
  });
});
