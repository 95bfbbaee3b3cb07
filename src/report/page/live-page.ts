/**
 * The page of a run that goes on: the plan at once, then what its server tells it. At the end the
 * finished report takes its place.
 */
import type { Line } from "../section.ts";
import { figureHtml } from "./figure-html.ts";
import { type Html, html } from "./html.ts";
import { liveFigures } from "./live-course.ts";
import { linesHtml } from "./section-html.ts";
import type { LivePageData } from "./page-data.ts";
import { figuresHtml } from "./run-header.ts";
import { type PageAssets, pageText } from "./shell.ts";

export interface LivePage {
  readonly scenario: string;
  readonly plan: readonly Line[];
  readonly data: LivePageData;
}

export function livePageText({ scenario, plan, data }: LivePage, assets: PageAssets): string {
  const page = {
    title: `running: ${scenario}, loadgen`,
    header: header(scenario),
    data,
    parts: [
      { id: "time", title: "Over time", short: "Over time", body: [courseFigure()] },
      { id: "server", title: "Waits and locks", short: "Waits and locks", body: [serverFigure()] },
      {
        id: "told",
        title: "What the run has told so far",
        short: "Told",
        body: [html`<ol class="remarks" id="sentences"></ol>`],
      },
      { id: "plan", title: "What is planned", short: "Plan", body: [linesHtml(plan)] },
    ],
    footer: html`<p>
      Served by loadgen, to this machine alone, while the run goes on. Written by it: ${data.folder}
    </p>`,
  };
  return pageText(page, assets);
}

/** Its sentence changes every second, so it is no live region: what is said, and when, is the script's. */
function header(scenario: string): Html {
  return html`<header>
    <p class="about">loadgen run · ${scenario} · live</p>
    <div class="verdict running" id="live">
      <h1>
        <span class="status" id="live-stage">PREPARING</span>
        <span class="reason" id="live-time"></span>
      </h1>
      <p class="code" id="live-now">This page follows the run by its own script.</p>
    </div>
    ${figuresHtml(liveFigures(undefined))}
  </header>`;
}

function courseFigure(): Html {
  return figureHtml({
    chart: "load",
    caption: "Grows with every second of the run; faults in force are shaded.",
    table: { title: "", heading: [], rows: [] },
  });
}

function serverFigure(): Html {
  return figureHtml({
    chart: "server",
    caption:
      "What the server showed at the end of each second, on the same axis. Areas are stacked; who waits for a lock is below the waits.",
    table: { title: "", heading: [], rows: [] },
  });
}
