/** What draws which figure of a page, by the figure's name. */
import { densityChart, spectraChart } from "../charts/distribution.ts";
import { historyChart } from "../charts/history.ts";
import { sessionsChart, throughputChart, timesChart } from "../charts/sweep-charts.ts";
import type { StillPageData } from "../page-data.ts";
import type { Draw } from "./folded.ts";

export function drawingsOf(data: StillPageData): ReadonlyMap<string, Draw> {
  switch (data.kind) {
    case "sweep":
      return sweepDrawings(data);
    case "compare":
      return compareDrawings(data);
    case "variants":
      return new Map();
    case "night":
      return nightDrawings(data);
  }
}

function sweepDrawings({
  sweep,
}: Extract<StillPageData, { kind: "sweep" }>): ReadonlyMap<string, Draw> {
  return new Map<string, Draw>([
    ["throughput", (look) => throughputChart(sweep, look)],
    ["sessions", (look) => sessionsChart(sweep, look)],
    ["times", (look) => timesChart(sweep, look)],
  ]);
}

function compareDrawings({
  distributions,
}: Extract<StillPageData, { kind: "compare" }>): ReadonlyMap<string, Draw> {
  return new Map<string, Draw>(
    distributions.flatMap((one, index) => [
      [`density-${index}`, (look) => densityChart(one, look)] as const,
      [`spectra-${index}`, (look) => spectraChart(one, look)] as const,
    ]),
  );
}

function nightDrawings({
  histories,
}: Extract<StillPageData, { kind: "night" }>): ReadonlyMap<string, Draw> {
  return new Map<string, Draw>(
    histories.map((history, index) => [`history-${index}`, (look) => historyChart(history, look)]),
  );
}
