/**
 * Who waited for whom as a graph: to the left who waited, to the right who was in the way. An
 * operation may be on both sides, for its sessions wait for one another. Drawn without a script, and
 * as wide as there is room: names are text of the page, only the arrows are stretched.
 */
import type { LockEdgeTotal } from "../../observe/locks.ts";
import { counted, countText } from "../../core/counted.ts";
import { timeText } from "../figures.ts";
import { type Html, html } from "./html.ts";
import { foldedHtml, tableHtml } from "./section-html.ts";

/** More arrows than this are a tangle; the table has them all. */
const arrowsMax = 12;

/** Pixels; the style has the same height for a name. */
const rowHeight = 60;
const widthMin = 1.5;
const widthMax = 9;

/** Nothing where nobody was seen waiting. */
export function lockGraph(edges: readonly LockEdgeTotal[]): readonly Html[] {
  if (edges.length === 0) return [];
  const all = arrowsOf(edges);
  const arrows = all.slice(0, arrowsMax);
  const waiters = sumsOf(arrows, ({ blocked }) => blocked);
  const holders = sumsOf(arrows, ({ blocker }) => blocker);
  const most = Math.max(...arrows.map(({ count }) => count));
  const height = Math.max(waiters.length, holders.length) * rowHeight;
  const paths = arrows.map(({ blocked, blocker, count }) => {
    const [from, to] = [middleOf(waiters, blocked), middleOf(holders, blocker)];
    const width = widthMin + ((widthMax - widthMin) * count) / most;
    return html`<path
      d="M0 ${from}C50 ${from} 50 ${to} 100 ${to}"
      stroke-width="${width.toFixed(1)}"
    />`;
  });
  const [first] = arrows;
  const left =
    all.length > arrowsMax ? ` Of ${all.length} pairs the ${arrowsMax} most frequent.` : "";
  const strongest =
    first === undefined ? "" : ` Most often ${first.blocked} waited for ${first.blocker}.`;
  return [
    html`<figure aria-labelledby="locks-caption">
      <div class="locks">
        <ul class="waiters" aria-label="who waited">
          ${waiters.map((side) => sideHtml(side, "waiting"))}
        </ul>
        <svg
          aria-hidden="true"
          viewBox="0 0 100 ${height}"
          height="${height}"
          preserveAspectRatio="none"
        >
          ${paths}
        </svg>
        <ul class="holders" aria-label="who was in the way">
          ${holders.map((side) => sideHtml(side, "in the way"))}
        </ul>
      </div>
      <figcaption id="locks-caption">
        Who waited (left) for whom (right); an arrow is wider the more often it was
        seen.${strongest}${left}
      </figcaption>
      ${foldedHtml(`All ${counted(edges.length, "edge")} as a table`, [tableHtml(edgesTable(edges))])}
    </figure>`,
  ];
}

interface Arrow {
  readonly blocked: string;
  readonly blocker: string;
  readonly count: number;
}

/** One for each pair, whatever they waited for; the most frequent first. */
function arrowsOf(edges: readonly LockEdgeTotal[]): readonly Arrow[] {
  const pairs = new Map<string, Arrow>();
  for (const { blocked, blocker, count } of edges) {
    const key = JSON.stringify([blocked, blocker]);
    pairs.set(key, { blocked, blocker, count: (pairs.get(key)?.count ?? 0) + count });
  }
  return [...pairs.values()].sort((one, other) => other.count - one.count);
}

type Side = readonly [name: string, count: number];

function sumsOf(arrows: readonly Arrow[], nameOf: (arrow: Arrow) => string): readonly Side[] {
  const sums = new Map<string, number>();
  for (const arrow of arrows) {
    sums.set(nameOf(arrow), (sums.get(nameOf(arrow)) ?? 0) + arrow.count);
  }
  return [...sums].sort(([, one], [, other]) => other - one);
}

function middleOf(sides: readonly Side[], name: string): number {
  return (sides.findIndex(([one]) => one === name) + 0.5) * rowHeight;
}

function sideHtml([name, count]: Side, how: string): Html {
  return html`<li>
    <span title="${name}">${name}</span><small>${countText(count)} × ${how}</small>
  </li>`;
}

function edgesTable(edges: readonly LockEdgeTotal[]) {
  return {
    title: "Every edge: who waited for whom, over what, and how long at most",
    heading: [
      "blocked",
      "by",
      "mode",
      "lock",
      "relation",
      "seen",
      "waited at most",
      "the other was",
    ],
    rows: edges.map((edge) => [
      edge.blocked,
      edge.blocker,
      edge.mode,
      edge.lockType,
      edge.relation,
      countText(edge.count),
      timeText(edge.ageMsMax * 1000),
      Object.keys(edge.blockerStates).join(", "),
    ]),
  };
}
