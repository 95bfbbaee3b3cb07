/** A run's figure over the nights: one small chart, of which a page has as many as the suite has runs. */
import type { LineSeriesOption, ScatterSeriesOption } from "echarts";
import { valueText } from "../../figures.ts";
import type { History, HistoryNight } from "../page-data.ts";
import { colourOf, font, type Look } from "./look.ts";
import { type Point, type PointedDrawing, tooltipFor, valueAxis } from "./points.ts";

/** Pixels. */
const heightPx = 190;

/** More points than this are a line without dots. */
const dotsMax = 60;

export function historyChart(history: History, look: Look): PointedDrawing {
  const { nights, unit } = history;
  const text = (value: number) => valueText(value, unit);
  const points = nights.map((night, index) => pointOf(history, night, index));
  return {
    heightPx,
    points,
    seriesIndex: 0,
    option: {
      animation: false,
      textStyle: { fontFamily: font, color: look.ink },
      grid: { left: 62, right: 16, top: 14, bottom: 30 },
      xAxis: {
        type: "category",
        data: nights.map(({ day }) => day),
        boundaryGap: nights.length === 1,
        axisLine: { onZero: false, lineStyle: { color: look.frame } },
        axisTick: { show: false },
        axisLabel: {
          color: look.ink,
          fontSize: 11,
          hideOverlap: true,
          alignMinLabel: "left",
          alignMaxLabel: "right",
          showMinLabel: true,
          showMaxLabel: true,
          interval: nights.length > 2 ? nights.length - 2 : 0,
        },
      },
      yAxis: {
        ...valueAxis(look),
        type: "value",
        scale: true,
        splitNumber: 3,
        axisLabel: { color: look.ink, fontSize: 11, formatter: text },
      },
      tooltip: {
        ...tooltipFor(points, look),
        axisPointer: { lineStyle: { color: look.frame }, label: { show: false } },
      },
      series: [
        allSeries(history, look),
        ...groundsIn(nights).map((ground) => groundSeries(nights, ground, look)),
        tonightSeries(nights, look),
      ],
    },
  };
}

/** Unseen, and without a gap: the pointer and the keyboard go by it; it has the change points. */
function allSeries({ nights, moves }: History, look: Look): LineSeriesOption {
  return {
    type: "line",
    data: nights.map(({ value }) => value),
    symbol: "none",
    lineStyle: { opacity: 0 },
    markLine: {
      silent: true,
      symbol: "none",
      label: { show: false },
      data: moves.map(({ night, isWorse, isWeak }) => ({
        xAxis: night,
        lineStyle: {
          color: isWorse ? look.fault : colourOf(look, 2),
          width: isWeak ? 1.5 : 2.5,
          type: isWeak ? ("dotted" as const) : ("solid" as const),
          opacity: isWeak ? 0.55 : 1,
        },
      })),
    },
  };
}

function groundsIn(nights: readonly HistoryNight[]): readonly number[] {
  return [...new Set(nights.map(({ ground }) => ground))];
}

/** What cannot be held against tonight stands back; a line ends where its ground does. */
function groundSeries(
  nights: readonly HistoryNight[],
  ground: number,
  look: Look,
): LineSeriesOption {
  const isOwn = ground === 0;
  const colour = isOwn ? colourOf(look, 0) : look.frame;
  return {
    type: "line",
    data: nights.map((night) => (night.ground === ground ? night.value : null)),
    color: colour,
    symbol: "circle",
    symbolSize: 5,
    showSymbol: nights.length <= dotsMax,
    lineStyle: { width: 1.8, type: isOwn ? "solid" : "dotted" },
    emphasis: { disabled: true },
    silent: true,
  };
}

function tonightSeries(nights: readonly HistoryNight[], look: Look): ScatterSeriesOption {
  const last = nights.length - 1;
  return {
    type: "scatter",
    data: [[last, nights[last]?.value ?? null]],
    symbolSize: 13,
    itemStyle: { color: colourOf(look, 0), borderColor: look.ink, borderWidth: 2 },
    silent: true,
    tooltip: { show: false },
    z: 5,
  };
}

function pointOf(
  { nights, figure, unit, moves }: History,
  night: HistoryNight,
  index: number,
): Point {
  const { day, value, ground, judged } = night;
  const moved = moves.filter((move) => move.night === index);
  return {
    title: index === nights.length - 1 ? `${day}, tonight` : day,
    rows: [
      [figure, value === null ? "–" : valueText(value, unit)],
      ...(judged === null ? [] : [["judged", judged] as const]),
      ...(ground === 0 ? [] : [["ground", "another one than tonight's"] as const]),
      ...moved.map(({ isWeak }) => ["change point", isWeak ? "weak" : "settled"] as const),
    ],
  };
}
