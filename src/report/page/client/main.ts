/** The page's script: reads the page's data, draws its charts, and keeps them as wide as their places. */
import { dataId } from "../data-id.ts";
import type { PageData } from "../page-data.ts";
import { copyButtons } from "./copy.ts";
import { darkScheme } from "./look.ts";
import { FoldedCharts } from "./folded.ts";
import { drawingsOf } from "./drawings.ts";
import { RunCharts } from "./run.ts";

const block = document.getElementById(dataId);
const data = JSON.parse(block?.textContent ?? "null") as PageData | null;
if (data !== null) start(data);
copyButtons();

function start(given: PageData): void {
  const charts = given.kind === "run" ? new RunCharts(given) : new FoldedCharts(drawingsOf(given));
  const redraw = () => charts.redraw();
  darkScheme.addEventListener("change", redraw);
  let width = innerWidth;
  addEventListener("resize", () => {
    // A phone's bars come and go with every scroll, and change the height alone.
    if (innerWidth !== width) redraw();
    width = innerWidth;
  });
  addEventListener("beforeprint", redraw);
}
