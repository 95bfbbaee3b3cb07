/** A sweep, a comparison and a night as their folders have them, without one. */
import { compare } from "../../../src/compare/compare.ts";
import type { Night, NightLine, NightRun, RunLine } from "../../../src/nightly/result.ts";
import type { StoredComparison } from "../../../src/report/page/compare-page.ts";
import type { StoredNight } from "../../../src/report/page/night-page.ts";
import type { StoredSweep } from "../../../src/report/page/sweep-page.ts";
import type { AnyResult } from "../../../src/run/result.ts";
import { earlierRuns, nightAt, nights } from "../../nightly/nights.ts";
import { loudRun } from "../loud-run.ts";
import { poolSweep } from "../sweep-result.ts";

export const storedSweep: StoredSweep = {
  result: poolSweep,
  folders: [...poolSweep.steps.flatMap(({ runs }) => runs.map(({ folder }) => folder)), "runs/x y"],
};

function faster(by: number): AnyResult {
  const { transactions } = loudRun;
  return { ...loudRun, transactions: { ...transactions, perSecond: transactions.perSecond * by } };
}

/** Three runs a side; the last one is gone. */
export function storedComparison(name = "b"): StoredComparison {
  const side = (of: string, factors: readonly number[]) => ({
    name: of,
    runs: factors.map((factor, index) => ({ folder: `/x/${of}${index}`, result: faster(factor) })),
  });
  const [baseline, candidate] = [side("a", [1, 1.01, 0.99]), side(name, [0.8, 0.81, 0.79])];
  const all = [...baseline.runs, ...candidate.runs];
  return {
    comparison: compare({ baseline, candidate, remembered: [], margin: null }),
    runs: new Map(
      all.map(({ folder, result }, index) => [
        folder,
        {
          shown: folder.slice(3),
          page: index === 0 ? null : `../${folder.slice(3)}/report.html`,
          result: index === all.length - 1 ? null : result,
        },
      ]),
    ),
  };
}

/** Other machines first, then 30 nights here, of which the last ten are slower. */
const history = [
  ...earlierRuns(nights(5, 80), { ground: "elsewhere" }),
  ...earlierRuns([...nights(20, 100), ...nights(10, 70)]),
].map((run, number) => ({ ...run, at: nightAt(number) }));

function lineOf({ at, ...run }: RunLine & { readonly at: string }): NightLine {
  return {
    schema: "loadgen.night-line/1",
    at,
    suite: "nightly",
    loadgen: "0.1.0",
    commit: null,
    exitCode: 0,
    runs: { "closed-loop": run, faults: run },
  };
}

const tonight = nightAt(history.length - 1);

function nightRun(name: string, changes: Partial<NightRun> = {}): NightRun {
  return {
    name,
    folder: `runs/01-${name}`,
    scenario: "concurrent",
    variant: "current",
    faults: [],
    verdict: { status: "pass", exitCode: 0, reasons: ["all thresholds hold"] },
    problem: null,
    discarded: null,
    primary: "throughput",
    figures: { throughput: 70 },
    judgement: { kind: "not-judged", why: "5 nights of 10" },
    moves: [],
    ...changes,
  };
}

const moved = { figure: "throughput", primary: true, before: 100, isWorse: true } as const;

const night: Night = {
  schema: "loadgen.night/1",
  loadgen: "0.1.0",
  suite: { name: "nightly", file: "suites/nightly.yaml" },
  at: tonight,
  lengthMs: 540_000,
  commit: "0123456789abcdef",
  verdict: {
    status: "fail",
    exitCode: 98,
    reasons: ["closed-loop: throughput fell by 30 %, 9 nights ago"],
  },
  runs: [
    nightRun("closed-loop", {
      moves: [
        { ...moved, at: nightAt(25), nightsAgo: 9, after: 70, isWeak: false },
        { ...moved, at: tonight, nightsAgo: 0, after: 69, isWeak: true },
      ],
    }),
    nightRun("faults", { faults: ["crash@10s"], figures: { throughput: 71 } }),
    nightRun("not-made", {
      folder: null,
      verdict: null,
      problem: "the server is gone",
      figures: {},
    }),
  ],
  history: { file: "history.ndjson", nights: history.length - 1, unreadable: 0 },
  notes: [],
};

export const storedNight: StoredNight = {
  night,
  lines: history.map(lineOf),
  results: new Map([["faults", loudRun]]),
};
