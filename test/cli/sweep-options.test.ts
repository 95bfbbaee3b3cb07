import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/cli/problems.ts";
import { sweepFrom } from "../../src/cli/sweep-options.ts";

/** As commander hands them over. */
function asked(given: Readonly<Record<string, unknown>> = {}, words = ["concurrent"]) {
  return sweepFrom(words, { chaos: [], thresholds: [], ...given });
}

async function problemsOf(given: Readonly<Record<string, unknown>>, words?: string[]) {
  const error: unknown = await asked(given, words).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(UsageError);
  return (error as UsageError).problems;
}

describe("the options of a sweep", () => {
  it("have counts, repeats and shorter runs by default", async () => {
    const { counts, repeats, plan } = await asked();
    expect(counts).toEqual([1, 2, 4, 8, 16, 32, 64]);
    expect(repeats).toBe(2);
    expect(plan).toMatchObject({ sessions: 64, durationMs: 10_000, warmupMs: 2_000 });
  });

  it("sort the counts and drop doubles", async () => {
    const { counts, plan } = await asked({ sessions: "24, 2,4,8,4" });
    expect(counts).toEqual([2, 4, 8, 24]);
    expect(plan.sessions).toBe(24);
  });

  it("take what a run takes", async () => {
    const given = { transactions: "50", poolMax: "6", think: "0", hold: "100ms", repeats: "3" };
    const { plan, repeats } = await asked(given);
    expect(plan).toMatchObject({ durationMs: null, transactionsPerSession: 50, poolMax: 6 });
    expect(repeats).toBe(3);
  });

  it.each(["1,2,4", "4,4,4,4", "0,1,2,4", "1,2,4,x", "1,2,4,10001", ""])(
    "refuse %j as counts",
    async (sessions) => {
      expect(await problemsOf({ sessions })).toEqual([
        `--sessions: expected at least 4 different whole numbers from 1 to 10000, such as 1,2,4,8,16, got "${sessions}"`,
      ]);
    },
  );

  it("tell every problem at once, those of a run included", async () => {
    const given = { sessions: "1,2", repeats: "1", duration: "soon", chaos: ["pool-limit:max=0"] };
    const problems = (await problemsOf(given)).join("\n");
    expect(problems).toContain("--sessions: expected at least 4");
    expect(problems).toContain("--repeats: expected a whole number from 2 to 100");
    expect(problems).toContain("--duration: expected a duration");
    expect(problems).toContain("pool-limit");
  });

  it("refuse what makes no sense in a sweep", async () => {
    expect(await problemsOf({ rate: "100" })).toEqual([expect.stringContaining("--rate")]);
    for (const given of [{ metricsPort: "0" }, { otlp: "http://localhost:4318" }]) {
      expect(await problemsOf(given)).toEqual([
        expect.stringContaining("expected them of loadgen run"),
      ]);
    }
    expect(await problemsOf({ keep: true })).toEqual([expect.stringContaining("--keep")]);
    expect(await problemsOf({ workers: "2" })).toEqual([
      expect.stringContaining("of the smallest count (1)"),
    ]);
  });

  it("want a scenario", async () => {
    expect(await problemsOf({}, [])).toEqual([expect.stringContaining("expected a scenario")]);
  });
});
