import { describe, expect, it } from "vitest";
import type { SideJob } from "../../src/compare/rounds.ts";
import { variantFigureKinds } from "../../src/compare/variant-figures.ts";
import { variantsInRounds, type VariantsRequest } from "../../src/compare/variants-in-rounds.ts";
import type { ExitCode } from "../../src/core/verdict.ts";
import type { RunResult } from "../../src/run/result.ts";
import { planWith } from "../helpers/plan.ts";
import { known, ran, resultOf } from "./made-rounds.ts";
import { resultWith } from "./stored.ts";

const four = [1, 1.01, 0.99, 1];

describe("variants in rounds, compared", () => {
  it("have every figure of every variant, the primary one first, the first variant without a verdict", () => {
    const result = resultOf({
      current: four.map((noise) => ran(100 * noise)),
      merge: four.map((noise) => ran(200 * noise, 0)),
    });
    expect(result).toMatchObject({
      schema: "loadgen.variants/1",
      verdict: { status: "pass", exitCode: 0 },
      rounds: { planned: 4, complete: 4 },
    });
    expect(result?.verdict.reasons).toEqual(["throughput against current: merge +100 % (better)"]);
    const [throughput] = result?.figures ?? [];
    expect(throughput).toMatchObject({ name: "throughput", primary: true });
    expect(throughput?.variants.map(({ variant, verdict }) => [variant, verdict])).toEqual([
      ["current", null],
      ["merge", "better"],
    ]);
    const rows = result?.figures.find(({ name }) => name === "dead rows per transaction");
    expect(rows?.variants[1]).toMatchObject({ verdict: "better", change: { kind: "difference" } });
    expect(result?.variants[1]?.folders[2]).toBe("runs/003-merge");
  });

  it("are the same where they are equal: A/A", () => {
    const runs = four.map((noise) => ran(100 * noise));
    const result = resultOf({ current: runs, again: runs });
    const verdicts = result?.figures.map(({ variants }) => variants[1]?.verdict);
    expect(new Set(verdicts)).toEqual(new Set(["same"]));
    expect(verdicts?.length).toBeGreaterThan(10);
  });

  it("keep a 0, and leave out what no run has", () => {
    const { serverPerTransaction } = resultWith({});
    const names = (buffersRead: number | null) => {
      const runs = four.map(() => ({
        serverPerTransaction: { ...serverPerTransaction, buffersRead },
      }));
      return resultOf({ current: runs, merge: runs })?.figures.map(({ name }) => name);
    };
    expect(names(null)).not.toContain("buffers read per transaction");
    expect(names(0)).toContain("buffers read per transaction");
  });

  it("have buffers of each operation's statements where there are several, BEGIN and COMMIT left out", () => {
    const { latencyUs } = resultWith({}).transactions;
    const sent = (operation: string, query: string, sharedHit: number, calls = 1) => ({
      ...{ operation, query, calls, perCall: { sharedHit, sharedRead: 1 } },
    });
    const top = [
      ...[sent("read", "select 1", 9, 3), sent("read", "select 2", 29), sent("write", "begin", 0)],
      ...[sent("write", "COMMIT", 0), sent("write", "insert", 3)],
    ];
    const ran = (names: readonly string[]) => ({
      operations: Object.fromEntries(names.map((name) => [name, { latencyUs }])) as never,
      serverActivity: { gaps: [], statements: { top } } as never,
    });
    const found = (names: readonly string[]) =>
      resultOf({ current: four.map(() => ran(names)), again: four.map(() => ran(names)) })
        ?.figures.filter(({ name }) => name.startsWith("buffers per statement"))
        .map(({ name, variants }) => [name, variants[1]?.mean]);
    expect(found(["read", "write"])).toEqual([
      ["buffers per statement of read", expect.closeTo(15)],
      ["buffers per statement of write", expect.closeTo(4)],
    ]);
    expect(found(["read"])).toEqual([]);
  });

  it("have what each store is worth: hits, how many of these were stale, and its size", () => {
    const counts = { remembered: 9, heard: 0, told: 0, emptied: 0 };
    const entries = { ...counts, asked: 200, hits: 150, stale: 3, entries: 4, bytes: 240 };
    const unused = { ...counts, asked: 0, hits: 0, stale: 0, entries: 0, bytes: 0 };
    const found = resultOf({
      current: four.map(() => ({ stores: {} })),
      cached: four.map(() => ({ stores: { entries, unused } })),
    })?.figures.filter(({ name }) => /(entries|unused)$/.test(name));
    expect(
      found?.map(({ name, variants }) => [name, variants[0]?.mean, variants[1]?.mean]),
    ).toEqual([
      ["hit share of entries", null, expect.closeTo(0.75)],
      ["stale share of hits of entries", null, expect.closeTo(0.02)],
      ["bytes per entry of entries", null, expect.closeTo(60)],
    ]);
  });

  it("have a least change that matters wherever a figure may be 0", () => {
    const operation = { latencyUs: resultWith({}).transactions.latencyUs };
    const kinds = variantFigureKinds([
      { ...resultWith({}), operations: { read: operation, write: operation } as never },
    ]);
    const without = kinds.filter(({ least }) => least === 0).map(({ name }) => name);
    expect(without.map((name) => name.split(" of ")[0])).toEqual(
      expect.arrayContaining(["throughput", "p99"]),
    );
    expect(without.filter((name) => !/^(throughput|mean|p\d\d)( of |$)/.test(name))).toEqual([]);
    // Bounds and guesses are not judged.
    expect(kinds.map(({ name }) => name).join()).not.toMatch(/at least/);
  });

  it("list what else differs, rows first, and not that they are several variants", () => {
    const runs = four.map(() => ran(100));
    const other = {
      plan: {
        ...resultWith({}).plan,
        variant: "merge",
        strategies: { write: "merge" },
        fixture: { documents: 1 },
      },
    };
    const result = resultOf(
      { current: runs, hash: runs, merge: runs.map((run) => ({ ...run, ...other })) },
      [
        known("current"),
        known("hash"),
        known("merge", { rows: { "dms.reference": 1990 }, differs: ["Deduplicated."] }),
      ],
    );
    expect(result?.comparability.slice(0, 3)).toEqual([
      "rows of dms.reference: 2000 in current and hash, 1990 in merge",
      "fixture documents: 2000 in current and hash, 1 in merge",
      "fixture references: 200000 in current and hash, not there in merge",
    ]);
    expect(result?.comparability.join()).not.toMatch(/\bvariant:|strategies/);
    expect(result?.variants[2]?.differs).toEqual(["Deduplicated."]);
  });

  it("have means and changes of complete rounds alone, so that a table does not contradict itself", () => {
    // The slow last round has no second run: it was stopped there.
    const current = [100, 101, 99, 100, 10].map((perSecond) => ran(perSecond));
    const merge = [98, 99, 97, 98].map((perSecond) => ran(perSecond));
    const result = resultOf({ current, merge: [...merge, null] });
    const [first, second] = result?.figures[0]?.variants ?? [];
    expect(second?.change?.value).toBeCloseTo((second?.mean ?? 0) / (first?.mean ?? 1), 10);
    expect(first?.mean).toBeCloseTo(100, 1);
    expect(first?.values).toEqual([100, 101, 99, 100, 10]);
  });

  it("have every round but one that a variant lacks", () => {
    const runs = four.map((noise) => ran(100 * noise));
    const result = resultOf({ current: runs, merge: [...runs.slice(0, 3), null], hash: runs });
    expect(result?.rounds).toEqual({ planned: 4, complete: 3 });
    const rounds = result?.figures[0]?.variants.map(({ change }) => change?.rounds);
    expect(rounds).toEqual([undefined, 3, 3]);
  });
});

describe("the verdict of variants in rounds", () => {
  const names = ["current", "merge"];

  /** `runs`: what comes of the job with this number, from 1. */
  function requestOf(
    runs: (job: SideJob<string>, number: number) => RunResult,
    given: Partial<VariantsRequest> = {},
  ): VariantsRequest {
    let count = 0;
    return {
      scenario: "single-document",
      rounds: 4,
      sides: Object.fromEntries(
        names.map((name) => [name, { name, plan: planWith({ variant: name }) }]),
      ),
      variants: names.map((name) => known(name)),
      interrupted: new AbortController().signal,
      isInvalidByChance: ({ verdict }) => verdict.exitCode === 97,
      onRan: () => undefined,
      perform: (job) => Promise.resolve(runs(job, ++count)),
      ...given,
    };
  }

  function ended(exitCode: ExitCode, perSecond = 100): RunResult {
    const verdict = { status: "fail" as const, exitCode, reasons: ["why"] };
    return resultWith({ perSecond, ...(exitCode === 0 ? {} : { verdict }) });
  }

  /** The exit code where all runs of this variant end with this one. */
  async function codeWhere(variant: string, code: ExitCode): Promise<ExitCode | undefined> {
    const result = await variantsInRounds(
      requestOf(({ side }) => ended(side === variant ? code : 0)),
    );
    return result?.verdict.exitCode;
  }

  it("passes a variant that is slower: it is an experiment", async () => {
    const result = await variantsInRounds(
      requestOf(({ side, round }) => ended(0, side === "merge" ? 50 + round / 100 : 100)),
    );
    expect(result?.figures[0]?.variants[1]?.verdict).toBe("worse");
    expect(result?.verdict.exitCode).toBe(0);
  });

  it("tells what a run of any variant leaves broken, and thresholds of all but the first", async () => {
    expect(await codeWhere("current", 96)).toBe(96);
    expect(await codeWhere("merge", 96)).toBe(96);
    expect(await codeWhere("merge", 94)).toBe(94);
    expect(await codeWhere("current", 97)).toBe(97);
    expect(await codeWhere("merge", 95)).toBe(95);
    expect(await codeWhere("merge", 99)).toBe(99);
    expect(await codeWhere("current", 99)).toBe(0);
  });

  it("tells each finding once a variant, with how many of its runs have it", async () => {
    const broken = (lost: number) => {
      const reasons = [
        `the invariant last-write-wins is broken: ${lost} documents. Such as 7: a long story`,
        "the invariant no-orphan is broken: 1 row",
      ];
      const verdict = { status: "fail" as const, exitCode: 96 as const, reasons };
      return resultWith({ verdict });
    };
    const result = await variantsInRounds(
      requestOf(({ side, round }) => {
        if (side === "current") return round === 2 ? ended(130) : ended(0);
        return round === 1 ? ended(0) : broken(round);
      }),
    );
    expect(result?.verdict.exitCode).toBe(96);
    expect(result?.verdict.reasons).toEqual([
      "merge: 3 of 4 runs: the invariant last-write-wins is broken: 2 documents. Such as 7: a long story (the first: runs/003-merge)",
      "merge: 3 of 4 runs: the invariant no-orphan is broken: 1 row (the first: runs/003-merge)",
      "current: 1 of 4 runs: no evidence, ended with 130: why (runs/004-current)",
    ]);
  });

  it("makes a run that is invalid by chance once more", async () => {
    const result = await variantsInRounds(
      requestOf((_, number) => ended(number === 2 ? 97 : 0, 100)),
    );
    expect(result).toMatchObject({ verdict: { exitCode: 0 }, rounds: { complete: 4 } });
  });

  it("gives up after the first round where nothing took effect in any run of it, not for one run", async () => {
    let count = 0;
    const onRan = () => count++;
    const all = await variantsInRounds(requestOf(() => ended(95), { onRan }));
    expect(count).toBe(2);
    expect(all?.verdict.exitCode).toBe(95);
    expect(all?.verdict.reasons[0]).toMatch(/^given up after 2 of 8 runs: /);
    expect(all?.rounds).toEqual({ planned: 4, complete: 1 });
    const once = requestOf((_, number) => ended(number === 1 ? 95 : 0), { onRan });
    expect((await variantsInRounds(once))?.verdict.exitCode).toBe(95);
    expect(count).toBe(2 + 8);
  });

  it("compares what was measured when it was stopped, and nothing before there are two", async () => {
    const stoppedAfter = (runs: number) => {
      const controller = new AbortController();
      const request = requestOf(
        (_, number) => {
          if (number > runs) controller.abort("SIGINT");
          return ended(0);
        },
        { interrupted: controller.signal },
      );
      return variantsInRounds(request);
    };
    expect(await stoppedAfter(1)).toBeNull();
    const result = await stoppedAfter(5);
    expect(result).toMatchObject({
      verdict: { exitCode: 130 },
      rounds: { planned: 4, complete: 2 },
    });
    expect(result?.verdict.reasons[0]).toBe(
      "stopped by SIGINT after 5 of 8 runs: compared is what was measured until then",
    );
  });
});
