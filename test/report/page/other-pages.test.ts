import { describe, expect, it } from "vitest";
import type { Html } from "../../../src/report/page/html.ts";
import { comparePage, comparePageText } from "../../../src/report/page/compare-page.ts";
import { distributionsOf } from "../../../src/report/page/distributions.ts";
import { forestHtml } from "../../../src/report/page/forest.ts";
import { nightData } from "../../../src/report/page/night-data.ts";
import { nightPage, nightPageText } from "../../../src/report/page/night-page.ts";
import type { Page } from "../../../src/report/page/shell.ts";
import { sweepPage, sweepPageText } from "../../../src/report/page/sweep-page.ts";
import { answerLines } from "../../../src/report/sweep-answer.ts";
import { loudRun } from "../loud-run.ts";
import { hostile } from "./stored.ts";
import { storedComparison, storedNight, storedSweep } from "./stored-others.ts";

const assets = { script: "draw();", style: "p{}" };

function partOf(page: Page, id: string): string {
  const { body = [] } = page.parts.find((part) => part.id === id) ?? {};
  return body.map(({ markup }: Html) => markup).join("\n");
}

/** As a reader sees it. */
function textOf(markup: string): string {
  return markup
    .replace(/<[^>]*>/g, " ")
    .replaceAll("&lt;", "<")
    .replaceAll("&#39;", "'")
    .replace(/\s+/g, " ");
}

const hrefsIn = (markup: string) => [...markup.matchAll(/href="([^"]*)"/g)].map(([, to]) => to);

describe("the page of a sweep", () => {
  const page = sweepPage(storedSweep, "reports/my sweep");

  it("has the whole answer, the verdict first", () => {
    expect(page.header.markup).toContain(storedSweep.result.verdict.reasons[0]);
    const text = textOf(partOf(page, "answer"));
    for (const [name, told] of answerLines(storedSweep.result)) {
      expect(text).toContain(`${name} ${told}`);
    }
  });

  it("links to each run's own report, also to those beside the steps", () => {
    const folders = storedSweep.result.steps.flatMap(({ runs }) =>
      runs.map(({ folder }) => folder),
    );
    expect(hrefsIn(partOf(page, "steps"))).toEqual(
      [...folders, "runs/x%20y"].map((folder) => `${folder}/report.html`),
    );
  });

  it("can be repeated from the plan of a run at the most sessions", () => {
    const run = storedSweep.result.steps.at(-1)?.runs[0]?.folder ?? "";
    expect(textOf(partOf(page, "origin"))).toContain(
      `loadgen sweep concurrent --repeat 'reports/my sweep/${run}' --sessions 1,2,4,6,`,
    );
  });

  it("lets no name become markup", () => {
    const result = { ...storedSweep.result, kneeEvidence: hostile, notes: [hostile] };
    const text = sweepPageText({ result, folders: [hostile] }, hostile, assets);
    expect(text).not.toContain("<img");
    expect(text.match(/<\/script>/g)).toHaveLength(2);
  });
});

describe("the page of a comparison", () => {
  const stored = storedComparison();
  const page = comparePage(stored);

  it("tells what else differs before any figure", () => {
    expect(page.parts.map(({ id }) => id)).toEqual(
      "grounds figures runs distributions origin".split(" "),
    );
    const comparability = Array.from({ length: 30 }, (_, index) => `setting ${index}: a, b`);
    const many = comparePage({ ...stored, comparison: { ...stored.comparison, comparability } });
    for (const one of comparability) expect(partOf(many, "grounds")).toContain(one);
  });

  it("links to those runs that have a report, and says which are gone", () => {
    expect(hrefsIn(partOf(page, "runs"))).toEqual(
      ["a1", "a2", "b0", "b1", "b2"].map((name) => `../${name}/report.html`),
    );
    expect(textOf(partOf(page, "distributions"))).toContain("1 run cannot be read any more");
    expect(textOf(partOf(page, "distributions"))).toContain("not among these: b2.");
  });

  it("has a dot for every run, and repeats what it says", () => {
    const dots = partOf(page, "runs").match(/<circle/g) ?? [];
    expect(dots).toHaveLength(6);
    expect(partOf(page, "origin")).toContain("loadgen compare a0,a1,a2 b0,b1,b2<");
    expect(page.parts.at(-1)?.title).toBe("Judge these runs again");
  });

  it("gives the margin again where it was not the usual one", () => {
    const metrics = stored.comparison.metrics.map((one) => ({ ...one, margin: 0.07 }));
    const other = comparePage({ ...stored, comparison: { ...stored.comparison, metrics } });
    expect(partOf(other, "origin")).toContain("b0,b1,b2 --margin 7%<");
  });

  it("lets no name become markup", () => {
    const text = comparePageText(storedComparison(hostile), assets);
    expect(text).not.toContain("<img");
    expect(text.match(/<\/script>/g)).toHaveLength(2);
  });
});

describe("the forest plot", () => {
  const [first] = storedComparison().comparison.metrics;
  const places = (name: string, markup: string) =>
    [...markup.matchAll(new RegExp(`${name}="(-?[\\d.]+)%"`, "g"))].map(([, at]) => Number(at));

  it("keeps every interval within its width, and half as far from 1 as twice", () => {
    const half = { ...first!, ratio: 0.5, low: 0.4, high: 0.6 };
    const twice = { ...first!, ratio: 2, low: 1 / 0.6, high: 1 / 0.4 };
    const { markup } = forestHtml([half, twice]);
    const all = [...places("x1", markup), ...places("x2", markup), ...places("cx", markup)];
    expect(Math.min(...all)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...all)).toBeLessThanOrEqual(100);
    const [left = 0, right = 0] = places("cx", markup);
    expect(50 - left).toBeCloseTo(right - 50, 1);
  });

  it("has no bar where nothing tells how much equal runs differ", () => {
    expect(forestHtml([first!]).markup).toContain('class="bar"');
    expect(forestHtml([{ ...first!, low: null, high: null }]).markup).not.toContain('class="bar"');
  });
});

describe("distributions of two sides", () => {
  it("add up to all of each side's transactions", () => {
    const [together, ...each] = distributionsOf({
      baseline: [loudRun],
      candidate: [loudRun, loudRun],
    });
    expect(each.map(({ operation }) => operation)).toEqual(Object.keys(loudRun.operations));
    expect(together?.counts.candidate).toBe(2 * (together?.counts.baseline ?? 0));
    for (const side of [1, 2] as const) {
      const sum = together?.bins.reduce((all, bin) => all + bin[side], 0);
      expect(sum).toBeCloseTo(1, 2);
    }
  });

  it("draw each run of a side that has several, of all operations alone", () => {
    const [together, ...each] = distributionsOf({
      baseline: [loudRun],
      candidate: [loudRun, loudRun],
    });
    const runs = together?.lines.filter(({ run }) => run !== null);
    expect(runs?.map(({ side, run }) => [side, run])).toEqual([
      ["candidate", 1],
      ["candidate", 2],
    ]);
    expect(each.flatMap(({ lines }) => lines).every(({ run }) => run === null)).toBe(true);
  });

  it("are none where a side is gone", () => {
    expect(distributionsOf({ baseline: [], candidate: [loudRun] })).toEqual([]);
  });
});

describe("the page of a night", () => {
  const page = nightPage(storedNight);

  it("links from each run that was made to its report", () => {
    expect(hrefsIn(partOf(page, "runs"))).toEqual([
      "runs/01-closed-loop/report.html",
      "runs/01-faults/report.html",
    ]);
  });

  it("tells what faults and invariants came to, with the evidence of what did not hold", () => {
    const text = textOf(partOf(page, "audits"));
    expect(text).toContain("faults crash@10s 1 of 2 1 of 2 1 of 2");
    expect(text).toContain("faults: no-doubles: 3 rows");
    expect(text).toContain("closed-loop none – – – –");
  });

  it("has a history for each run with a figure, tonight last, other grounds apart", () => {
    const { histories } = nightData(storedNight.night, storedNight.lines);
    expect(histories.map(({ run }) => run)).toEqual(["closed-loop", "faults"]);
    const { nights, moves } = histories[0]!;
    expect(nights).toHaveLength(storedNight.lines.length);
    expect(nights.map(({ ground }) => ground).indexOf(0)).toBe(5);
    expect(nights.at(-1)?.value).toBe(70);
    expect(moves.map(({ night, isWeak }) => [night, isWeak])).toEqual([
      [25, false],
      [34, true],
    ]);
  });

  it("leaves out nights that came after it", () => {
    const [last] = storedNight.lines.slice(-1);
    const later = { ...last!, at: "2027-01-01T00:00:00.000Z" };
    const lines = [...storedNight.lines, later];
    expect(nightData(storedNight.night, lines)).toEqual(
      nightData(storedNight.night, storedNight.lines),
    );
  });

  it("can be written without its history and its runs", () => {
    const alone = nightPage({ ...storedNight, lines: [], results: new Map() });
    expect(textOf(partOf(alone, "history"))).toContain("1 night; tonight 70/s");
  });

  it("lets no name become markup", () => {
    const [run] = storedNight.night.runs;
    const night = { ...storedNight.night, runs: [{ ...run!, name: hostile, folder: hostile }] };
    const text = nightPageText({ ...storedNight, night }, assets);
    expect(text).not.toContain("<img");
    expect(text.match(/<\/script>/g)).toHaveLength(2);
  });
});
