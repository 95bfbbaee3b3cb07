/** The distributions of a comparison's page: of all operations first, those of each folded. */
import { digits, timeText } from "../figures.ts";
import { percentileText } from "./charts/spectrum.ts";
import { figureHtml } from "./figure-html.ts";
import { type Html, html } from "./html.ts";
import type { Distribution, SpectrumLine } from "./page-data.ts";
import { foldedHtml, remarksHtml } from "./section-html.ts";

export function distributionFigures(distributions: readonly Distribution[]): readonly Html[] {
  const [first, ...others] = distributions;
  if (first === undefined) return [remarksHtml(["There are no latencies of both sides to draw."])];
  return [
    html`<h3>${first.operation}</h3>`,
    ...figuresOf(first, 0),
    ...others.map((one, index) => foldedHtml(one.operation, figuresOf(one, index + 1))),
  ];
}

function figuresOf(distribution: Distribution, index: number): readonly Html[] {
  const { lines } = distribution;
  const hasRuns = lines.some(({ run }) => run !== null);
  return [
    figureHtml({
      chart: `density-${index}`,
      caption:
        "Shares of each side's transactions by how long they took, all runs of a side together, on a logarithmic axis: what lies further to the right is slower.",
      table: { title: "", heading: [], rows: [] },
    }),
    figureHtml({
      chart: `spectra-${index}`,
      caption: `How long the slowest took: to the right, one in ten, in a hundred, in a thousand.${hasRuns ? " Thin lines are single runs: sides whose runs mix do not differ." : ""}`,
      table: percentileTable(distribution),
    }),
  ];
}

/** 1 / (1 - p) of p50, p90, p99 and so on. */
const told = [2, 4, 10, 20, 100, 1000, 10_000];

function percentileTable({ operation, lines }: Distribution) {
  const of = (side: "baseline" | "candidate") =>
    lines.find((line) => line.side === side && line.run === null)?.points ?? [];
  const rows = told.flatMap((timesRarer) => {
    const [before, after] = [at(of("baseline"), timesRarer), at(of("candidate"), timesRarer)];
    if (before === null && after === null) return [];
    const times = before === null || after === null ? "–" : digits(after / before);
    return [[percentileText(timesRarer), timeText(before), timeText(after), times]];
  });
  return {
    title: `Percentiles of ${operation}`,
    heading: ["percentile", "baseline", "candidate", "times"],
    rows,
  };
}

/** The nearest point from below; null beyond the end of the line. */
function at(points: SpectrumLine["points"], timesRarer: number): number | null {
  const last = points.at(-1);
  if (last === undefined || last[0] < timesRarer * 0.999) return null;
  return points.findLast(([rarer]) => rarer <= timesRarer * 1.001)?.[1] ?? null;
}
