/** Arrows go from second to second of a chart in focus, and what the tooltip shows is said, too. */
import { tooltipWords } from "../charts/tooltip.ts";
import type { Panel } from "../charts/panels.ts";
import type { Second } from "../page-data.ts";
import type { Chart } from "./chart.ts";

interface Shown {
  readonly panels: readonly Panel[];
  readonly seconds: readonly Second[];
}

/** `shown`: asked each time, for there may be more of it by then. */
export function keysFor(chart: Chart, shown: () => Shown): void {
  let at = -1;
  chart.place.addEventListener("keydown", (event) => {
    const { panels, seconds } = shown();
    const next = nextOf(event.key, at, seconds.length);
    if (next === null || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    at = next;
    const second = seconds[at];
    if (second === undefined) {
      chart.echarts.dispatchAction({ type: "hideTip" });
      return;
    }
    // The first series of a panel are its shades, which have no points.
    chart.echarts.dispatchAction({ type: "showTip", seriesIndex: 1, dataIndex: at });
    say(tooltipWords(panels, second));
  });
  chart.place.addEventListener("blur", () => {
    at = -1;
    chart.echarts.dispatchAction({ type: "hideTip" });
  });
}

/** -1: none any more; null: a key that means nothing here. */
function nextOf(key: string, at: number, count: number): number | null {
  switch (key) {
    case "ArrowRight":
      return Math.min(at + 1, count - 1);
    case "ArrowLeft":
      return Math.max(at - 1, 0);
    case "Home":
      return 0;
    case "End":
      return count - 1;
    case "Escape":
      return -1;
    default:
      return null;
  }
}

/** The page's one live region. */
export const saidId = "said";

export function say(text: string): void {
  const place = document.getElementById(saidId);
  if (place !== null) place.textContent = text;
}
