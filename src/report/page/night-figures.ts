/** The histories of a night's page: small charts beside one another, each with its nights as a table. */
import { counted } from "../../core/counted.ts";
import { figureText } from "../night-section.ts";
import { figureHtml } from "./figure-html.ts";
import { type Html, html } from "./html.ts";
import type { History } from "./page-data.ts";
import { remarksHtml } from "./section-html.ts";

export function historyFigures(histories: readonly History[]): readonly Html[] {
  if (histories.length === 0) return [remarksHtml(["No night has a figure to draw."])];
  return [
    html`<p>
      Each run's primary figure over the nights, tonight with a ring. Upright lines are change
      points: from that night on it was another one; dotted and lighter where one night alone says
      so. Dotted grey lines are nights on another ground (machine, server or plan), which are not
      held against tonight.
    </p>`,
    html`<div class="multiples">
      ${histories.map(
        (history, index) =>
          html`<div>
            <h3>${history.run}</h3>
            ${historyFigure(history, index)}
          </div>`,
      )}
    </div>`,
  ];
}

function historyFigure({ figure, nights, moves }: History, index: number): Html {
  const tonight = nights.at(-1)?.value ?? null;
  const moved = moves.length === 0 ? "no change point" : moves.map(({ text }) => text).join("; ");
  return figureHtml({
    chart: `history-${index}`,
    caption: `${figure}, ${counted(nights.length, "night")}; tonight ${figureText(figure, tonight)}; ${moved}.`,
    table: {
      title: `${figure} by night`,
      heading: ["night", figure, "judged", "ground"],
      rows: nights.map(({ day, value, judged, ground }) => [
        day,
        figureText(figure, value),
        judged ?? "–",
        ground === 0 ? "tonight's" : "another",
      ]),
    },
  });
}
