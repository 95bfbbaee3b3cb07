/** A comparison's page: the verdict, what else differs, the figures, every run, the distributions. */
import type { ComparedFigure, ComparedSide, Comparison } from "../../compare/result.ts";
import { changeText } from "../../compare/sentence.ts";
import { counted } from "../../core/counted.ts";
import { figureKind } from "../../run/figures.ts";
import type { AnyResult } from "../../run/result.ts";
import { namedCompareSections } from "../compare-sections.ts";
import { valueText } from "../figures.ts";
import { commandHtml } from "./command-html.ts";
import { shellWord } from "../repeat-command.ts";
import { distributionFigures } from "./compare-figures.ts";
import { distributionsOf } from "./distributions.ts";
import { forestHtml } from "./forest.ts";
import { type Html, html } from "./html.ts";
import { linkHtml } from "./link-html.ts";
import type { ComparePageData } from "./page-data.ts";
import { figuresHtml, verdictHtml } from "./run-header.ts";
import { contentHtml, foldedHtml, remarksHtml } from "./section-html.ts";
import { type Page, pageText, type PageAssets } from "./shell.ts";
import { stripHtml } from "./strip.ts";

/** A run of a side, as it is found when the page is written. */
export interface ComparedRun {
  /** As a command line names its folder. */
  readonly shown: string;
  /** From the comparison's folder; null: it has none. */
  readonly page: string | null;
  /** Null: it is gone. */
  readonly result: AnyResult | null;
}

export interface StoredComparison {
  readonly comparison: Comparison;
  /** By the folders of compare.json. */
  readonly runs: ReadonlyMap<string, ComparedRun>;
}

export function comparePageText(stored: StoredComparison, assets: PageAssets): string {
  return pageText(comparePage(stored), assets);
}

export function comparePage(stored: StoredComparison): Page {
  const { comparison } = stored;
  const { sides, grounds, figures } = namedCompareSections(comparison);
  const distributions = distributionsOf({
    baseline: resultsOf(comparison.baseline, stored),
    candidate: resultsOf(comparison.candidate, stored),
  });
  const data: ComparePageData = { kind: "compare", distributions };
  const primary = primaryOf(comparison);
  return {
    title: `${comparison.verdict}: ${comparison.candidate.name} against ${comparison.baseline.name}, loadgen`,
    header: headerHtml(comparison, primary),
    data,
    parts: [
      {
        id: "grounds",
        title: "An honest look first: what else differs",
        short: "What differs",
        body: [...contentHtml(grounds), ...allGrounds(comparison, grounds.remarks.length)],
      },
      {
        id: "figures",
        title: "The figures",
        short: "Figures",
        body: [forestHtml(comparison.metrics), ...contentHtml(figures)],
      },
      {
        id: "runs",
        title: "Run by run",
        short: "Runs",
        body: [
          ...(primary === null ? [] : [stripHtml(primary)]),
          remarksHtml(sides.remarks),
          linksHtml(stored, primary),
        ],
      },
      {
        id: "distributions",
        title: "The distributions over each other",
        short: "Distributions",
        body: [...goneHtml(stored), ...distributionFigures(distributions)],
      },
      {
        id: "origin",
        // Of `run --against`, too, it makes no new runs.
        title: "Judge these runs again",
        short: "Again",
        body: [commandHtml(commandOf(stored, primary))],
      },
    ],
    footer: html`<p>Written by loadgen. This file loads nothing and sends nothing.</p>`,
  };
}

function primaryOf({ metrics }: Comparison): ComparedFigure | null {
  return metrics.find((figure) => figure.primary) ?? null;
}

function resultsOf({ folders }: ComparedSide, { runs }: StoredComparison): readonly AnyResult[] {
  return folders.flatMap((folder) => runs.get(folder)?.result ?? []);
}

function headerHtml(
  { baseline, candidate, judgement, noise }: Comparison,
  primary: ComparedFigure | null,
): Html {
  const figures =
    primary === null
      ? []
      : ([
          [`${primary.name}, baseline`, valueText(primary.baseline, primary.unit)],
          [`${primary.name}, candidate`, valueText(primary.candidate, primary.unit)],
          ["change", changeText(primary.ratio)],
        ] as const);
  return html`<header>
    <p class="about">
      loadgen compare · candidate ${candidate.name} (${counted(candidate.folders.length, "run")}) ·
      against baseline ${baseline.name} (${counted(baseline.folders.length, "run")})
    </p>
    ${verdictHtml(judgement)}
    ${figuresHtml([
      ...figures,
      ["runs compared", String(noise.compared)],
      ["equal runs remembered", String(noise.remembered)],
    ])}
  </header>`;
}

/** Where the section tells less than all. */
function allGrounds({ comparability }: Comparison, told: number): readonly Html[] {
  if (comparability.length <= told) return [];
  return [foldedHtml(`All ${comparability.length} of them`, [remarksHtml(comparability)])];
}

function linksHtml(stored: StoredComparison, primary: ComparedFigure | null): Html {
  const sideHtml = (side: "baseline" | "candidate") =>
    html`<div>
      <dt>${side}</dt>
      <dd>
        <ul class="links">
          ${stored.comparison[side].folders.map((folder, index) => {
            const value = primary?.runs[side][index];
            const figure =
              value === undefined || primary === null ? "" : ` ${valueText(value, primary.unit)}`;
            return runHtml(stored.runs.get(folder), `${folderName(folder)}:${figure}`);
          })}
        </ul>
      </dd>
    </div>`;
  return html`<h3 id="reports">Each run's own report</h3>
    <dl class="lines">${sideHtml("baseline")} ${sideHtml("candidate")}</dl>`;
}

function folderName(folder: string): string {
  return folder.split(/[/\\]/).at(-1) ?? folder;
}

function runHtml(run: ComparedRun | undefined, text: string): Html {
  if (run?.page === undefined || run.page === null) return html`<li>${text}</li>`;
  return html`<li>${linkHtml(run.page, text)}</li>`;
}

function goneHtml({ comparison, runs }: StoredComparison): readonly Html[] {
  const folders = [...comparison.baseline.folders, ...comparison.candidate.folders];
  const gone = folders.filter((folder) => (runs.get(folder)?.result ?? null) === null);
  if (gone.length === 0) return [];
  return [
    remarksHtml([
      `${counted(gone.length, "run")} cannot be read any more, and its latencies are not among these: ${gone.map(folderName).join(", ")}.`,
    ]),
  ];
}

function commandOf({ comparison, runs }: StoredComparison, primary: ComparedFigure | null): string {
  const list = ({ folders }: ComparedSide) =>
    shellWord(folders.map((folder) => runs.get(folder)?.shown ?? folder).join(","));
  const isUsual = primary === null || primary.margin === figureKind(primary.name).margin;
  const margin = isUsual ? "" : ` --margin ${Number((primary.margin * 100).toPrecision(6))}%`;
  return `loadgen compare ${list(comparison.baseline)} ${list(comparison.candidate)}${margin}`;
}
