/** A night's page: the verdict, the suite's runs, their histories, and what faults and audits came to. */
import type { Night, NightLine, NightRun } from "../../nightly/result.ts";
import type { AnyResult } from "../../run/result.ts";
import { lengthText } from "../figures.ts";
import { ledgerText } from "../ledger-text.ts";
import { historyText, nightSection } from "../night-section.ts";
import { commandHtml } from "./command-html.ts";
import { shellWord } from "../repeat-command.ts";
import { type Html, html } from "./html.ts";
import { linkHtml, runPagePath } from "./link-html.ts";
import { nightData } from "./night-data.ts";
import { historyFigures } from "./night-figures.ts";
import { figuresHtml, verdictHtml } from "./run-header.ts";
import { remarksHtml, tableHtml } from "./section-html.ts";
import { type Page, pageText, type PageAssets } from "./shell.ts";

export interface StoredNight {
  readonly night: Night;
  /** Of its suite, oldest first; empty where its history is gone. */
  readonly lines: readonly NightLine[];
  /** Of its runs by their names; one that is gone is missing. */
  readonly results: ReadonlyMap<string, AnyResult>;
}

export function nightPageText(stored: StoredNight, assets: PageAssets): string {
  return pageText(nightPage(stored), assets);
}

export function nightPage({ night, lines, results }: StoredNight): Page {
  const { verdict, suite, notes } = night;
  const data = nightData(night, lines);
  return {
    title: `${verdict.status}: night of ${suite.name}, ${night.at.slice(0, 10)}, loadgen`,
    header: headerHtml(night),
    data,
    parts: [
      { id: "runs", title: "Runs", short: "Runs", body: runsBody(night) },
      {
        id: "history",
        title: "Over the nights",
        short: "History",
        body: [
          ...historyFigures(data.histories),
          remarksHtml([`${historyText(night)}.`, ...notes]),
        ],
      },
      {
        id: "audits",
        title: "Faults and invariants",
        short: "Faults",
        body: auditsBody(night, results),
      },
      {
        id: "origin",
        title: "How to repeat it",
        short: "Repeat",
        body: [commandHtml(`loadgen nightly --suite ${shellWord(suite.file)}`)],
      },
    ],
    footer: html`<p>Written by loadgen. This file loads nothing and sends nothing.</p>`,
  };
}

function headerHtml({ verdict, suite, at, lengthMs, commit, runs, history }: Night): Html {
  const about = [
    `suite ${suite.name}`,
    at.replace("T", " ").replace(/\.\d+Z$/, " UTC"),
    ...(commit === null ? [] : [`commit ${commit.slice(0, 12)}`]),
  ];
  const passed = runs.filter((run) => run.verdict?.exitCode === 0);
  const judged = runs.filter(({ judgement }) => judgement.kind === "judged");
  return html`<header>
    <p class="about">loadgen nightly · ${about.join(" · ")}</p>
    ${verdictHtml(verdict)}
    ${figuresHtml([
      ["runs passed", `${passed.length} of ${runs.length}`],
      ["judged against earlier nights", `${judged.length} of ${runs.length}`],
      ["nights before", String(history.nights)],
      ["took", lengthText(lengthMs)],
    ])}
  </header>`;
}

/** The same table as on the terminal, each run's name a link to its own report. */
function runsBody(night: Night): readonly Html[] {
  const section = nightSection(night);
  const rows = section.rows.map(([first = "", ...others], index) => [
    nameHtml(night.runs[index], first),
    ...others,
  ]);
  return [tableHtml({ ...section, rows }), remarksHtml(section.remarks)];
}

function nameHtml(run: NightRun | undefined, text: string): string | Html {
  const folder = run?.folder ?? null;
  return folder === null ? text : linkHtml(runPagePath(folder), text);
}

function auditsBody({ runs }: Night, results: StoredNight["results"]): readonly Html[] {
  const told = runs.map((run) => ({ run, result: results.get(run.name) ?? null }));
  return [
    tableHtml({
      title: "Faults and invariants of each run",
      heading: ["run", "faults", "seen to work", "undone", "invariants hold", "commits lost"],
      rows: told.map(({ run, result }) => auditRow(run, result)),
    }),
    remarksHtml(told.flatMap(({ run, result }) => troubles(run, result))),
  ];
}

function auditRow(run: NightRun, result: AnyResult | null): readonly (string | Html)[] {
  const faults = run.faults.length === 0 ? "none" : run.faults.join(", ");
  if (result === null) return [run.name, faults, "–", "–", "–", "–"];
  const of = (all: readonly unknown[], good: readonly unknown[]) =>
    all.length === 0 ? "–" : `${good.length} of ${all.length}`;
  const { invariants, ledger } = result;
  return [
    run.name,
    faults,
    of(
      result.faults,
      result.faults.filter(({ effective }) => effective === true),
    ),
    of(
      result.faults,
      result.faults.filter(({ undoProblem }) => undoProblem === null),
    ),
    of(
      invariants,
      invariants.filter(({ ok }) => ok === true),
    ),
    ledger === null ? "–" : String(ledger.lost),
  ];
}

/** What did not hold, with its evidence. */
function troubles({ name }: NightRun, result: AnyResult | null): readonly string[] {
  if (result === null) return [];
  return [
    ...result.faults
      .filter(({ effective }) => effective !== true)
      .map(({ text, evidence }) => `${name}: ${text}: ${evidence}`),
    ...result.faults.flatMap(({ text, undoProblem }) =>
      undoProblem === null ? [] : [`${name}: ${text}: ${undoProblem}`],
    ),
    ...result.invariants
      .filter(({ ok }) => ok !== true)
      .map((invariant) => `${name}: ${invariant.name}: ${invariant.evidence}`),
    ...(result.ledger === null || result.ledger.lost === 0
      ? []
      : [`${name}: ${ledgerText(result.ledger)}`]),
  ];
}
