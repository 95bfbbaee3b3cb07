/** Draws the charts of pages that stand still; those that are folded away once they are opened. */
import type { Look } from "../charts/look.ts";
import { type PointedDrawing, pointWords } from "../charts/points.ts";
import { Chart } from "./chart.ts";
import { keysFor } from "./keys.ts";
import { lookOf } from "./look.ts";

export type Draw = (look: Look) => PointedDrawing;

export class FoldedCharts {
  readonly #charts = new Map<HTMLElement, Chart>();
  readonly #drawings: ReadonlyMap<string, Draw>;

  /** By the names of the page's figures. */
  constructor(drawings: ReadonlyMap<string, Draw>) {
    this.#drawings = drawings;
    this.redraw();
    for (const folded of document.querySelectorAll("details")) {
      folded.addEventListener("toggle", () => this.redraw());
    }
  }

  redraw(): void {
    for (const place of document.querySelectorAll<HTMLElement>("[data-chart]")) {
      const draw = this.#drawings.get(place.dataset.chart ?? "");
      // Where it is folded away, some browsers give it no width to be drawn in.
      if (draw === undefined || place.closest("details:not([open])") !== null) continue;
      const known = this.#charts.get(place);
      if (known === undefined) this.#charts.set(place, charted(place, draw));
      else known.draw();
    }
  }
}

function charted(place: HTMLElement, draw: Draw): Chart {
  const chart = new Chart(place, draw);
  keysFor(chart, () => {
    const { points, seriesIndex } = draw(lookOf(place));
    const words = points.map(pointWords);
    return { count: points.length, seriesIndex, wordsAt: (index) => words[index] ?? "" };
  });
  return chart;
}
