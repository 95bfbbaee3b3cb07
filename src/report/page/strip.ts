/** A figure run by run: a dot each, both sides below one another, so that one sees how much equal runs differ. */
import type { ComparedFigure } from "../../compare/result.ts";
import { counted } from "../../core/counted.ts";
import { valueText } from "../figures.ts";
import { type Html, html } from "./html.ts";

const sides = ["baseline", "candidate"] as const;

export function stripHtml(figure: ComparedFigure): Html {
  const { name, unit, runs } = figure;
  const all = [...runs.baseline, ...runs.candidate];
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const room = (most - least || most) * 0.06;
  const place = (value: number) =>
    `${(((value - least + room) / (most - least + 2 * room)) * 100).toFixed(2)}%`;
  const rows = sides.map((side) => {
    const dots = runs[side].map(
      (value) =>
        html`<circle cx="${place(value)}" cy="50%" r="6">
          <title>${valueText(value, unit)}</title>
        </circle>`,
    );
    const mean = place(figure[side]);
    return html`<li class="${side}">
      <span class="name">${side}</span>
      <svg class="plot" aria-hidden="true" height="40">
        <line class="mean" x1="${mean}" x2="${mean}" y1="15%" y2="85%" />
        ${dots}
      </svg>
      <span class="change"
        >${valueText(figure[side], unit)}
        <span class="word">of ${counted(runs[side].length, "run")}</span></span
      >
    </li>`;
  });
  const ends = most > least ? [least, most] : [most];
  return html`<figure aria-labelledby="strip-caption">
    <ul class="forest strip">
      ${rows}
      <li class="axis" aria-hidden="true">
        <span class="plot">
          ${ends.map((value) => html`<span style="left:${place(value)}">${valueText(value, unit)}</span>`)}
        </span>
      </li>
    </ul>
    <figcaption id="strip-caption">
      The ${name} of every run is a dot, the line each side's mean. The run is the unit: what
      matters is how far the sides are apart, beside how far equal runs are.
    </figcaption>
  </figure>`;
}
