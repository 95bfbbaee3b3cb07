import { describe, expect, it } from "vitest";
import { interleaved, type InterleavedRequest } from "../../src/compare/interleaved.ts";
import { jobsOf, type SideJob } from "../../src/compare/rounds.ts";
import type { Verdict } from "../../src/core/verdict.ts";
import type { RunResult } from "../../src/run/result.ts";
import { planWith } from "../helpers/plan.ts";
import { quietRun } from "../report/run-result.ts";

const sides = {
  baseline: { name: "variant current", plan: planWith({ system: "dms", variant: "current" }) },
  candidate: { name: "variant slowed", plan: planWith({ system: "dms", variant: "slowed" }) },
};

function passing(perSecond: number): RunResult {
  const { transactions } = quietRun;
  return { ...quietRun, transactions: { ...transactions, perSecond } };
}

function ended(exitCode: 95 | 96 | 97 | 99, reason: string): RunResult {
  const verdict: Verdict = { status: "fail", exitCode, reasons: [reason] };
  return { ...passing(100), verdict };
}

interface Performed {
  readonly folders: readonly string[];
  readonly request: InterleavedRequest;
}

/** `runs`: what comes of the job with this number, from 1. Equal runs differ by a thousandth, in turns. */
function requestOf(
  runs: (job: SideJob, number: number) => RunResult,
  given: Partial<InterleavedRequest> = {},
): Performed {
  const folders: string[] = [];
  const request: InterleavedRequest = {
    sides,
    rounds: 3,
    folder: "/reports/runs",
    interrupted: new AbortController().signal,
    isInvalidByChance: ({ verdict }) => verdict.exitCode === 97,
    remembered: () => Promise.resolve([]),
    onRan: () => undefined,
    perform: (job, folder) => {
      folders.push(folder);
      return Promise.resolve(runs(job, folders.length));
    },
    ...given,
  };
  return { folders, request };
}

function speed({ side }: SideJob, number: number): RunResult {
  return passing((side === "baseline" ? 200 : 100) * (1 + (number % 3) / 1000));
}

describe("the rounds of an A/B", () => {
  function order(seed: number): string {
    const seeded = { ...sides, baseline: { ...sides.baseline, plan: planWith({ seed }) } };
    return jobsOf({ sides: seeded, rounds: 8 })
      .map(({ side }) => side[0])
      .join("");
  }

  it("have both sides once each, in an order of the seed's", () => {
    expect(order(1)).toMatch(/^(bc|cb){8}$/);
    expect(order(1)).toMatch(/bccb|cbbc/);
    expect(order(1)).toBe(order(1));
    expect(new Set([1, 2, 3, 4].map(order)).size).toBeGreaterThan(1);
  });
});

describe("an A/B in one go", () => {
  it("finds a slower candidate, by name, with the interval of its runs", async () => {
    const { request, folders } = requestOf(speed);
    const comparison = await interleaved(request);
    expect(comparison).toMatchObject({
      verdict: "slower",
      judgement: { exitCode: 98 },
      baseline: { name: "variant current" },
      candidate: { name: "variant slowed" },
      noise: { compared: 6, remembered: 0 },
    });
    expect(comparison?.judgement.reasons[0]).toMatch(
      /^slower: throughput fell by 50 % \(95 % interval -50 % to -50 %\)/,
    );
    const own = folders.filter((folder) => folder.endsWith("-candidate"));
    expect(own).toHaveLength(3);
    expect(comparison?.candidate.folders).toEqual(own.map((folder) => `/reports/runs/${folder}`));
  });

  it("finds a faster one, too", async () => {
    const { request } = requestOf((job, number) =>
      speed({ ...job, side: job.side === "baseline" ? "candidate" : "baseline" }, number),
    );
    expect(await interleaved(request)).toMatchObject({
      verdict: "faster",
      judgement: { exitCode: 0, status: "pass" },
    });
  });

  it("makes a run that is invalid by chance once more, and compares that one", async () => {
    const { request, folders } = requestOf((job, number) =>
      number === 2 ? ended(97, "the generator was late") : speed(job, number),
    );
    const comparison = await interleaved(request);
    expect(folders).toHaveLength(7);
    expect(comparison?.judgement.exitCode).toBe(98);
    expect([
      ...(comparison?.baseline.folders ?? []),
      ...(comparison?.candidate.folders ?? []),
    ]).not.toContain(`/reports/runs/${folders[1]!}`);
  });

  it("is invalid where the second run is invalid, too", async () => {
    const { request } = requestOf((job, number) =>
      number === 2 || number === 3 ? ended(97, "the generator was late") : speed(job, number),
    );
    expect((await interleaved(request))?.judgement).toMatchObject({
      exitCode: 97,
      reasons: expect.arrayContaining([
        expect.stringContaining("the generator was late"),
      ]) as readonly string[],
    });
  });

  it("says of a fault without effect that it had none, and not that a run was invalid", async () => {
    const { request } = requestOf((job, number) =>
      job.side === "candidate" ? ended(95, "pool-limit had no effect") : speed(job, number),
    );
    expect((await interleaved(request))?.judgement.exitCode).toBe(95);
  });

  it("tells first what a run leaves broken, of either side", async () => {
    for (const broken of ["baseline", "candidate"]) {
      const { request } = requestOf((job, number) =>
        job.side === broken ? ended(96, "an orphan") : speed(job, number),
      );
      const judgement = (await interleaved(request))?.judgement;
      expect(judgement?.exitCode).toBe(96);
      expect(judgement?.reasons[0]).toMatch(new RegExp(`^${broken}, variant .*: an orphan$`));
    }
  });

  it("holds the thresholds against the candidate alone", async () => {
    const failing = (side: string) => (job: SideJob, number: number) =>
      job.side === side ? ended(99, "p99 < 1ms") : passing(100 + (number % 3) / 10);
    const codes = [];
    for (const side of ["baseline", "candidate"]) {
      const comparison = await interleaved(requestOf(failing(side)).request);
      expect(comparison?.verdict).toBe("same");
      codes.push(comparison?.judgement.exitCode);
    }
    expect(codes).toEqual([0, 99]);
  });

  it("says slower before a threshold that failed", async () => {
    const { request } = requestOf((job, number) =>
      job.side === "candidate" ? ended(99, "p99 < 1ms") : speed(job, number),
    );
    const judgement = (await interleaved(request))?.judgement;
    expect(judgement?.exitCode).toBe(98);
    expect(judgement?.reasons).toHaveLength(4);
  });

  function stoppedAfter(runs: number): InterleavedRequest {
    const controller = new AbortController();
    const { request } = requestOf(
      (job, number) => {
        if (number > runs) controller.abort("SIGINT");
        return number > runs ? ended(96, "an orphan in the run cut off") : speed(job, number);
      },
      { interrupted: controller.signal },
    );
    return request;
  }

  it("compares what was measured when it was stopped, and says so", async () => {
    const comparison = await interleaved(stoppedAfter(4));
    expect(comparison?.noise.compared).toBe(4);
    const judgement = comparison?.judgement;
    expect(judgement?.exitCode).toBe(96);
    expect(judgement?.reasons[0]).toContain("an orphan in the run cut off");
    expect(judgement?.reasons[1]).toBe(
      "stopped by SIGINT after 4 of 6 runs: compared is what was measured until then",
    );
  });

  it("compares nothing before both sides were measured", async () => {
    expect(await interleaved(stoppedAfter(0))).toBeNull();
    expect(await interleaved(stoppedAfter(1))).toBeNull();
  });

  it("rejects with what a run rejects with", async () => {
    const { request } = requestOf(() => {
      throw new Error("no room");
    });
    await expect(interleaved(request)).rejects.toThrow("no room");
  });
});
