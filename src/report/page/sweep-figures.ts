/** The plot of a sweep in its page: three charts over the same axis of sessions. */
import type { SweepResult } from "../../sweep/result.ts";
import { digits } from "../figures.ts";
import { layersOf, msIn } from "../plot-latency.ts";
import { plottedOf } from "../plot-data.ts";
import { paperLook } from "../plot-look.ts";
import { figureHtml } from "./figure-html.ts";
import { type Html, html } from "./html.ts";

/** Its tables are the steps, which follow. */
const noTable = { title: "", heading: [], rows: [] };

export function sweepFigures(result: SweepResult): readonly Html[] {
  const { steps, kneeEvidence, usl } = result;
  if (steps.length === 0) return [];
  const law =
    usl?.adequate === true
      ? " The dashed curve is the universal scalability law, its band the intervals of its parameters."
      : "";
  return [
    html`<h3>Throughput</h3>`,
    figureHtml({
      chart: "throughput",
      caption: `Committed transactions a second by sessions (each doubling is as wide as the next): each run, and the means with their 95 % intervals. ${sentence(kneeEvidence)}${law}`,
      table: noTable,
    }),
    html`<h3>At the server</h3>`,
    figureHtml({
      chart: "sessions",
      caption:
        "How many backends there were at most, how many of their sessions were busy on the average, and how many of these were active. Where busy sessions stay level while sessions grow, something in front of the server holds them back.",
      table: noTable,
    }),
    html`<h3>Where the time of a transaction goes</h3>`,
    figureHtml({
      chart: "times",
      caption:
        "Milliseconds a transaction spends in each place: places that serve below, waiting above, so that a queue is seen to grow.",
      table: timesTable(result),
    }),
  ];
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function timesTable(result: SweepResult) {
  const { steps } = plottedOf(result);
  // In what colour they are drawn is nothing to a table.
  const layers = layersOf(steps, paperLook);
  return {
    title: "Milliseconds a transaction, by place",
    heading: ["sessions", ...layers.map(({ name }) => name)],
    rows: steps.map((step) => [
      String(step.sessions),
      ...layers.map((layer) => digits(msIn(step, layer))),
    ]),
  };
}
