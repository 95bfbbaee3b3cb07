/**
 * Each figure of the variants on an axis of its own, the variants below one another: a dot a round,
 * the mean and its interval. Drawn without a script, and as wide as there is room.
 */
import type { FigureOfVariant, VariantsFigure } from "../../compare/variants-result.ts";
import { valueText } from "../figures.ts";
import { changedText } from "../variants-sections.ts";
import { type Html, html, nothing } from "./html.ts";
import { remarksHtml } from "./section-html.ts";

export function roundsFigures(figures: readonly VariantsFigure[]): readonly Html[] {
  if (figures.length === 0) return [remarksHtml(["No run has a figure to draw."])];
  return [
    remarksHtml([
      "A dot is a round, the upright line the mean over rounds, the bar its 95 % interval; where there is no bar, too few rounds tell how much they differ.",
    ]),
    ...figures.map(figureHtml),
  ];
}

/** From 0, lest a small difference fills the width; of logarithms there would be no 0. */
function placeIn({ variants }: VariantsFigure): { readonly place: Place; readonly most: number } {
  const all = variants.flatMap(({ values, low, high }) => [...values, low, high]);
  const known = all.filter((value) => value !== null);
  const [least, most] = [Math.min(0, ...known), Math.max(0, ...known)];
  const room = (most - least || 1) * 0.03;
  const place = (value: number) =>
    `${(((value - least + room) / (most - least + 2 * room)) * 100).toFixed(2)}%`;
  return { place, most };
}

type Place = (value: number) => string;

function figureHtml(figure: VariantsFigure, index: number): Html {
  const { name, unit, better, variants } = figure;
  const id = `rounds-${index}`;
  const { place, most } = placeIn(figure);
  const ends = most > 0 ? [0, most] : [0];
  return html`<figure aria-labelledby="${id}">
    <figcaption id="${id}">
      <strong>${name}</strong>, ${better === "higher" ? "more is better" : "less is better"}
    </figcaption>
    <ul class="forest strip rounds">
      ${variants.map((one) => rowHtml(one, { unit, place }))}
      <li class="axis" aria-hidden="true">
        <span class="plot">
          ${ends.map((value) => html`<span style="left:${place(value)}">${valueText(value, unit)}</span>`)}
        </span>
      </li>
    </ul>
  </figure>`;
}

interface Drawn {
  readonly unit: VariantsFigure["unit"];
  readonly place: Place;
}

function rowHtml(one: FigureOfVariant, { unit, place }: Drawn): Html {
  const { variant, mean, low, high, values, verdict } = one;
  const dots = values.flatMap((value) =>
    value === null
      ? []
      : [
          html`<circle cx="${place(value)}" cy="50%" r="4.5">
            <title>${valueText(value, unit)}</title>
          </circle>`,
        ],
  );
  const bar =
    low === null || high === null
      ? nothing
      : html`<line class="bar" x1="${place(low)}" x2="${place(high)}" y1="50%" y2="50%" />`;
  const at = mean === null ? nothing : meanHtml(place(mean));
  return html`<li class="${verdict ?? "same"}">
    <span class="name">${variant}</span>
    <svg class="plot" aria-hidden="true" height="28">${bar} ${dots} ${at}</svg>
    <span class="change"
      >${mean === null ? "–" : valueText(mean, unit)}
      <span class="word">${changeWords(one, unit)}</span></span
    >
  </li>`;
}

function meanHtml(place: string): Html {
  return html`<line class="mean" x1="${place}" x2="${place}" y1="10%" y2="90%" />`;
}

function changeWords({ change, verdict }: FigureOfVariant, unit: VariantsFigure["unit"]): string {
  if (verdict === null) return "the first";
  return change === null ? verdict : `${changedText(change, unit)} ${verdict}`;
}
