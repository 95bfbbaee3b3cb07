/** The charts that the page shows now: drawn again for another width, scheme, or on paper. */
import { dataId } from "../data-id.ts";
import type { PageData, RunPageData } from "../page-data.ts";
import { darkScheme } from "./look.ts";
import { RunCharts } from "./run.ts";

let charts: RunCharts | null = null;

/** What the page carries; null: nothing to draw. */
export function pageData(): PageData | null {
  const block = document.getElementById(dataId);
  return JSON.parse(block?.textContent ?? "null") as PageData | null;
}

/** In place of whatever the page showed before. */
export function drawCharts(data: RunPageData): RunCharts {
  charts?.dispose();
  charts = new RunCharts(data);
  return charts;
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
