/**
 * Every figure's change with its interval, on one axis of ratios (a forest plot): drawn without a
 * script, and as wide as there is room, for its places are shares of the width.
 */
import type { ComparedFigure } from "../../compare/result.ts";
import { changeText } from "../../compare/sentence.ts";
import { wordOf } from "../compare-sections.ts";
import { type Html, html, nothing } from "./html.ts";

/** Nothing where nothing was compared. */
export function forestHtml(figures: readonly ComparedFigure[]): Html {
  if (figures.length === 0) return nothing;
  const axis = axisOf(figures);
  return html`<figure aria-labelledby="forest-caption">
    <ul class="forest">
      ${figures.map((figure) => rowHtml(figure, axis))}
      <li class="axis" aria-hidden="true">
        <span class="plot">
          ${axis.ticks.map((ratio) => html`<span style="left:${axis.place(ratio)}">${tickText(ratio)}</span>`)}
        </span>
      </li>
    </ul>
    <figcaption id="forest-caption">
      Candidate by baseline, with 95 % intervals; the upright line is no change, and what is shaded
      around it is too small to matter. Where there is no bar, nothing tells how much equal runs
      differ. More is better of throughput, less of everything else.
    </figcaption>
  </figure>`;
}

interface Axis {
  /** A ratio's place, in percent of the width. */
  readonly place: (ratio: number) => string;
  readonly ticks: readonly number[];
}

/** Of logarithms, so that twice and half are as far from 1. */
function axisOf(figures: readonly ComparedFigure[]): Axis {
  const all = figures.flatMap(({ ratio, low, high, margin }) => [
    ratio,
    low ?? ratio,
    high ?? ratio,
    1 + margin,
    1 / (1 + margin),
  ]);
  const logs = all.map(Math.log);
  const [least, most] = [Math.min(...logs), Math.max(...logs)];
  const room = (most - least) * 0.04;
  const share = (ratio: number) => (Math.log(ratio) - least + room) / (most - least + 2 * room);
  return { place: (ratio) => `${(share(ratio) * 100).toFixed(2)}%`, ticks: ticksOf(share) };
}

/** Ratios that people think in. */
const tickRatios = [
  0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 1.01, 1.02, 1.05, 1.1, 1.25, 1.5, 2,
  5, 10, 20, 50, 100,
];

/** Of the width: their texts do not overlap on a phone. */
const tickShareMin = 0.14;

/** That of no change, then to both sides those that have room, from it outwards. */
function ticksOf(share: (ratio: number) => number): readonly number[] {
  const ticks = [1];
  const outwards = [...tickRatios].sort(
    (one, other) => Math.abs(Math.log(one)) - Math.abs(Math.log(other)),
  );
  for (const ratio of outwards) {
    const place = share(ratio);
    const isInside = place > 0.03 && place < 0.97;
    const hasRoom = ticks.every((tick) => Math.abs(share(tick) - place) >= tickShareMin);
    if (isInside && hasRoom) ticks.push(ratio);
  }
  return ticks;
}

function tickText(ratio: number): string {
  return ratio === 1 ? "same" : changeText(ratio);
}

function rowHtml(figure: ComparedFigure, { place }: Axis): Html {
  const { name, primary, ratio, low, high, margin } = figure;
  const word = wordOf(figure);
  const [from, to] = [place(1 / (1 + margin)), place(1 + margin)];
  const bar =
    low === null || high === null
      ? nothing
      : html`<line class="bar" x1="${place(low)}" x2="${place(high)}" y1="50%" y2="50%" />`;
  return html`<li class="${word}">
    <span class="name">${primary ? html`<strong>${name}</strong>` : name}</span>
    <svg class="plot" aria-hidden="true" height="28">
      <rect x="${from}" width="${(parseFloat(to) - parseFloat(from)).toFixed(2)}%" height="100%" />
      <line class="none" x1="${place(1)}" x2="${place(1)}" y1="0" y2="100%" />
      ${bar}
      <circle cx="${place(ratio)}" cy="50%" r="${primary ? 6 : 4.5}" />
    </svg>
    <span class="change">${changeText(ratio)} <span class="word">${word}</span></span>
  </li>`;
}
