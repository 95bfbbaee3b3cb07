/** A sweep's page: the verdict, its answer, its plot, its steps and the runs that they are made of. */
import { counted } from "../../core/counted.ts";
import type { SweepResult } from "../../sweep/result.ts";
import { digits } from "../figures.ts";
import { planLines } from "../plan-lines.ts";
import { plottedOf } from "../plot-data.ts";
import { queueName } from "../scaling-words.ts";
import { answerLines } from "../sweep-answer.ts";
import { fixesSection, notesSection, stepsSection } from "../sweep-sections.ts";
import { commandHtml } from "./command-html.ts";
import { shellWord } from "../repeat-command.ts";
import { type Html, html } from "./html.ts";
import { linkHtml, runPagePath } from "./link-html.ts";
import type { SweepPageData } from "./page-data.ts";
import { figuresHtml, verdictHtml } from "./run-header.ts";
import { contentHtml, linesHtml } from "./section-html.ts";
import { type Page, pageText, type PageAssets } from "./shell.ts";
import { sweepFigures } from "./sweep-figures.ts";

export interface StoredSweep {
  readonly result: SweepResult;
  /** Of all its runs, beside sweep.json, such as "runs/001-4-sessions". */
  readonly folders: readonly string[];
}

/** `folder`: of the sweep, as a command line names it. */
export function sweepPageText(stored: StoredSweep, folder: string, assets: PageAssets): string {
  return pageText(sweepPage(stored, folder), assets);
}

export function sweepPage(stored: StoredSweep, folder: string): Page {
  const { result } = stored;
  const data: SweepPageData = { kind: "sweep", sweep: plottedOf(result) };
  return {
    title: `${result.verdict.status}: sweep of ${result.plan.scenario}, loadgen`,
    header: headerHtml(result),
    data,
    parts: [
      {
        id: "answer",
        title: "The answer",
        short: "Answer",
        body: [linesHtml(answerLines(result))],
      },
      { id: "plot", title: "By sessions", short: "Plot", body: sweepFigures(result) },
      {
        id: "steps",
        title: "Steps",
        short: "Steps",
        body: [...contentHtml(stepsSection(result)), ...runsHtml(stored)],
      },
      {
        id: "fixes",
        title: "Fixes, each on top of those before it",
        short: "Fixes",
        body: contentHtml(fixesSection(result)),
      },
      { id: "notes", title: "Notes", short: "Notes", body: contentHtml(notesSection(result)) },
      {
        id: "origin",
        title: "Where it comes from, and how to repeat it",
        short: "Repeat",
        body: originBody(result, folder),
      },
    ],
    footer: html`<p>Written by loadgen. This file loads nothing and sends nothing.</p>`,
  };
}

function headerHtml({ plan, verdict, steps, knee, waitsAt }: SweepResult): Html {
  const about = [
    plan.scenario,
    ...(plan.system === null ? [] : [`${plan.system}, variant ${plan.variant ?? ""}`]),
    `${plan.counts.join(", ")} sessions`,
  ];
  const most = Math.max(0, ...steps.map(({ perSecond }) => perSecond));
  return html`<header>
    <p class="about">loadgen sweep · ${about.join(" · ")}</p>
    ${verdictHtml(verdict)}
    ${figuresHtml([
      ["knee", knee === null ? "none" : digits(knee.sessions)],
      ["most committed a second", digits(most)],
      ["waits at", queueName(waitsAt)],
      ["counts of sessions", String(steps.length)],
    ])}
  </header>`;
}

/** Each with its throughput; then those that were made to name a cause, or to try a fix. */
function runsHtml({ result: { steps }, folders }: StoredSweep): readonly Html[] {
  const inSteps = new Set(steps.flatMap(({ runs }) => runs.map(({ folder }) => folder)));
  const others = folders.filter((folder) => !inSteps.has(folder));
  const rows = steps.map(({ sessions, runs }) => {
    const links = runs.map(({ folder, perSecond, exitCode }) => {
      const trouble = exitCode === 0 ? "" : `, exit code ${exitCode}`;
      return html`<li>${linkHtml(runPagePath(folder), `${digits(perSecond)}/s${trouble}`)}</li>`;
    });
    return rowHtml(counted(sessions, "session"), links);
  });
  const more = others.map(
    (folder) => html`<li>${linkHtml(runPagePath(folder), folder.replace("runs/", ""))}</li>`,
  );
  return [
    html`<h3 id="runs">Its runs, each with a report of its own</h3>
      <dl class="lines">${[...rows, ...(more.length === 0 ? [] : [rowHtml("others", more)])]}</dl>`,
  ];
}

function rowHtml(name: string, links: readonly Html[]): Html {
  return html`<div>
    <dt>${name}</dt>
    <dd>
      <ul class="links">
        ${links}
      </ul>
    </dd>
  </div>`;
}

function originBody({ plan, steps }: SweepResult, folder: string): readonly Html[] {
  // Any run of the most sessions has the plan that was swept.
  const run = steps.at(-1)?.runs[0];
  const command =
    run === undefined
      ? []
      : [
          html`<h3>Again</h3>`,
          commandHtml(
            `loadgen sweep ${shellWord(plan.scenario)} --repeat ${shellWord(`${folder}/${run.folder}`)} --sessions ${plan.counts.join(",")} --repeats ${plan.repeats}`,
          ),
        ];
  return [
    ...command,
    html`<h3>The plan</h3>`,
    linesHtml(
      planLines(plan, {
        sessions: `${plan.counts.join(", ")} sessions, ${counted(plan.repeats, "run")} each`,
        arrivals: null,
        server: plan.url ?? "the embedded server",
        k6: null,
        folder,
      }),
    ),
  ];
}
