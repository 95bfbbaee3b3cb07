/** The latencies of two sides over each other: how they are spread, and their percentiles. */
import type { LineSeriesOption } from "echarts";
import { countText } from "../../../core/counted.ts";
import { timeText } from "../../figures.ts";
import type { Distribution, SideLine } from "../page-data.ts";
import { legendHeight, legendLook } from "./legend.ts";
import { colourOf, font, isNarrow, type Look } from "./look.ts";
import { type Point, type PointedDrawing, tooltipFor, valueAxis } from "./points.ts";
import { leastUs, percentileText } from "./spectrum.ts";

const sides = ["baseline", "candidate"] as const;

/** Told apart without colours, too. */
const looks = {
  baseline: { colour: 0, type: "solid" },
  candidate: { colour: 1, type: "dashed" },
} as const;

/** Pixels. */
const plotHeight = 240;
const below = 48;

/** Shares of both sides' transactions, by bins of their latency. */
export function densityChart({ bins, counts }: Distribution, look: Look): PointedDrawing {
  // The last one only tells where the one before it ends.
  const points = bins.slice(0, -1).map(([fromUs, ...shares], index): Point => {
    const untilUs = bins[index + 1]?.[0];
    return {
      title: `${timeText(fromUs)} to ${timeText(untilUs)}`,
      rows: sides.map((side, place) => [side, percentText(shares[place] ?? 0)]),
    };
  });
  const series = sides.map((side, place): LineSeriesOption => {
    const colour = colourOf(look, looks[side].colour);
    return {
      name: nameOf(side, counts),
      type: "line",
      step: "end",
      symbol: "none",
      color: colour,
      lineStyle: { width: 1.8, type: looks[side].type },
      areaStyle: { color: colour, opacity: 0.22 },
      emphasis: { disabled: true },
      data: bins.map((bin) => [bin[0], bin[place === 0 ? 1 : 2]]),
    };
  });
  return drawingOf(series, points, {
    look,
    xAxis: { type: "log", min: "dataMin", max: "dataMax", name: "latency", formatter: timeText },
    yAxis: { type: "value", formatter: percentText },
  });
}

/** Percentiles of both sides, each run as a thin line beside that of all runs of its side. */
export function spectraChart(distribution: Distribution, look: Look): PointedDrawing {
  const { lines, counts } = distribution;
  const longest = lines
    .filter(({ run }) => run === null)
    .sort((one, other) => other.points.length - one.points.length)[0];
  const points = (longest?.points ?? []).map(([timesRarer], index): Point => ({
    title: percentileText(timesRarer),
    rows: lines
      .filter(({ run }) => run === null)
      .flatMap(({ side, points: own }) => {
        const us = own[index]?.[1];
        return us === undefined ? [] : [[side, timeText(us)] as const];
      }),
  }));
  return drawingOf(
    lines.map((line) => lineSeries(line, counts, look)),
    points,
    {
      look,
      seriesIndex: longest === undefined ? 0 : lines.indexOf(longest),
      xAxis: {
        type: "log",
        min: 1,
        max: "dataMax",
        name: "percentile",
        formatter: percentileText,
      },
      yAxis: { type: "log", formatter: timeText },
    },
  );
}

function lineSeries(
  { side, run, points }: SideLine,
  counts: Distribution["counts"],
  look: Look,
): LineSeriesOption {
  const { colour, type } = looks[side];
  const isRun = run !== null;
  return {
    // Runs have no name: the legend switches sides.
    name: nameOf(side, counts),
    type: "line",
    showSymbol: points.length === 1,
    color: colourOf(look, colour),
    lineStyle: isRun ? { width: 1, type, opacity: 0.45 } : { width: 2.6, type },
    emphasis: { disabled: true },
    silent: isRun,
    data: points.map(([timesRarer, us]) => [timesRarer, Math.max(leastUs, us)]),
  };
}

function nameOf(side: SideLine["side"], counts: Distribution["counts"]): string {
  return `${side} (${countText(counts[side])})`;
}

interface Axis {
  readonly type: "log" | "value";
  readonly formatter: (value: number) => string;
}

interface Around {
  readonly look: Look;
  readonly seriesIndex?: number;
  readonly xAxis: Axis & {
    readonly name: string;
    readonly min: "dataMin" | 1;
    readonly max: "dataMax";
  };
  readonly yAxis: Axis;
}

function drawingOf(
  series: LineSeriesOption[],
  points: readonly Point[],
  { look, seriesIndex = 0, xAxis, yAxis }: Around,
): PointedDrawing {
  const names = [...new Set(series.map(({ name }) => String(name)))];
  const legend = legendHeight(names, look) + 8;
  return {
    heightPx: legend + plotHeight + below,
    points,
    seriesIndex,
    option: {
      animation: false,
      textStyle: { fontFamily: font, color: look.ink },
      legend: {
        ...legendLook(look),
        data: names.map((name) => ({ name, itemStyle: { opacity: 0 } })),
      },
      grid: { left: isNarrow(look) ? 54 : 64, right: 20, top: legend, height: plotHeight },
      xAxis: {
        type: xAxis.type,
        min: xAxis.min,
        max: xAxis.max,
        name: xAxis.name,
        nameLocation: "middle",
        nameGap: 30,
        nameTextStyle: { color: look.ink },
        axisLine: { onZero: false, lineStyle: { color: look.frame } },
        axisLabel: { color: look.ink, hideOverlap: true, formatter: xAxis.formatter },
        splitLine: { lineStyle: { color: look.faint } },
      },
      yAxis: {
        ...valueAxis(look),
        type: yAxis.type,
        axisLabel: { color: look.ink, formatter: yAxis.formatter },
      },
      tooltip: {
        ...tooltipFor(points, look),
        axisPointer: { lineStyle: { color: look.frame }, label: { show: false } },
      },
      series,
    },
  };
}

function percentText(share: number): string {
  return `${Number((share * 100).toPrecision(2))} %`;
}
