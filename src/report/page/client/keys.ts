/** Arrows go from point to point of a chart in focus, and what the tooltip shows is said, too. */
import type { Chart } from "./chart.ts";

/** The way that arrows take through a chart. */
export interface Walk {
  readonly count: number;
  /** Whose points they are. */
  readonly seriesIndex: number;
  readonly wordsAt: (index: number) => string;
}

/** `walk`: asked each time, for there may be more of it by then. */
export function keysFor(chart: Chart, walk: () => Walk): void {
  let at = -1;
  chart.place.addEventListener("keydown", (event) => {
    const { count, seriesIndex, wordsAt } = walk();
    const next = nextOf(event.key, at, count);
    if (next === null || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    at = next;
    if (at < 0) {
      chart.echarts.dispatchAction({ type: "hideTip" });
      return;
    }
    chart.echarts.dispatchAction({ type: "showTip", seriesIndex, dataIndex: at });
    say(wordsAt(at));
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
