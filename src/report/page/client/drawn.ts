/** The charts that the page shows now: drawn again for another width, scheme, or on paper. */
import { dataId } from "../data-id.ts";
import type { PageData, RunPageData, StillPageData } from "../page-data.ts";
import { drawingsOf } from "./drawings.ts";
import { FoldedCharts } from "./folded.ts";
import { darkScheme } from "./look.ts";
import { RunCharts } from "./run.ts";

let charts: RunCharts | FoldedCharts | null = null;

/** What the page carries; null: nothing to draw. */
export function pageData(): PageData | null {
  const block = document.getElementById(dataId);
  return JSON.parse(block?.textContent ?? "null") as PageData | null;
}

/** In place of the run that the page showed before, if it showed one. */
export function drawRun(data: RunPageData): RunCharts {
  if (charts instanceof RunCharts) charts.dispose();
  const drawn = new RunCharts(data);
  charts = drawn;
  return drawn;
}

export function drawStill(data: StillPageData): void {
  charts = new FoldedCharts(drawingsOf(data));
}

export function keepDrawn(): void {
  const redraw = () => charts?.redraw();
  darkScheme.addEventListener("change", redraw);
  let width = innerWidth;
  addEventListener("resize", () => {
    // A phone's bars come and go with every scroll, and change the height alone.
    if (innerWidth !== width) redraw();
    width = innerWidth;
  });
  addEventListener("beforeprint", redraw);
}
