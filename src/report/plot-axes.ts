/** What the panels of the plot of a sweep have in common: axes, places, colours of the frame. */
import type {
  LegendComponentOption,
  SeriesOption,
  XAXisComponentOption,
  YAXisComponentOption,
} from "echarts";
import { countText } from "../core/counted.ts";
import type { SweepResult, SweepStep } from "../sweep/result.ts";

export interface Panel {
  readonly title: string;
  readonly yAxis: YAXisComponentOption;
  readonly legend: LegendComponentOption;
  readonly series: readonly SeriesOption[];
}

export const font = "Helvetica, Arial, sans-serif";
export const ink = "#222222";
const frame = "#888888";
const faint = "#e4e4e4";

/** Pixels. */
export const headerHeight = 142;
const height = 230;
const tallHeight = 260;
const pitch = 352;
/** Of a panel's title, and of the legend below it. */
const titleHeight = 26;
const legendHeight = 44;

/** Where a panel is, from its title on. The last one has its legend below it, and so is taller. */
export function boxOf(index: number): Box {
  const titleTop = headerHeight + index * pitch;
  const legendTop = titleTop + titleHeight;
  if (index < 2) return { titleTop, legendTop, top: legendTop + legendHeight, height };
  const top = legendTop + 8;
  return { titleTop, legendTop: top + tallHeight + 50, top, height: tallHeight };
}

interface Box {
  readonly titleTop: number;
  readonly legendTop: number;
  readonly top: number;
  readonly height: number;
}

/** Where a number of sessions is on the axis: twice as many are one to the right. */
export function xOf(sessions: number): number {
  return Math.log2(sessions);
}

/** Room to the left of the first and to the right of the last. */
const margin = 0.15;

export function axisX(steps: readonly SweepStep[], index: number): XAXisComponentOption {
  const places = steps.map(({ sessions }) => xOf(sessions));
  const [first = 0, last = 0] = [places[0], places.at(-1)];
  return {
    gridIndex: index,
    type: "value",
    min: first - margin,
    max: last + margin,
    name: "sessions (logarithmic)",
    nameLocation: "middle",
    nameGap: 30,
    nameTextStyle: { color: ink, fontSize: 12 },
    axisLine: { onZero: false, lineStyle: { color: frame } },
    axisTick: { customValues: places },
    axisLabel: {
      customValues: places,
      hideOverlap: true,
      margin: 11,
      color: ink,
      formatter: (place: number) => String(Math.round(2 ** place)),
    },
    splitLine: { show: false },
  };
}

export function axisY(unit: string, index: number) {
  return {
    gridIndex: index,
    type: "value" as const,
    min: 0,
    name: unit,
    nameLocation: "middle" as const,
    nameGap: 50,
    nameTextStyle: { color: ink, fontSize: 12 },
    axisLine: { show: true, onZero: false, lineStyle: { color: frame } },
    axisLabel: {
      color: ink,
      formatter: (value: number) => (value < 10 ? String(value) : countText(value)),
    },
    splitLine: { lineStyle: { color: faint } },
  };
}

/** Of these series only. */
export function legendOf(
  index: number,
  data: NonNullable<LegendComponentOption["data"]>,
): LegendComponentOption {
  return {
    data,
    left: 74,
    right: 30,
    top: boxOf(index).legendTop,
    itemGap: 18,
    textStyle: { color: ink, fontSize: 12 },
  };
}

/**
 * Where a number of sessions is on an upright axis: one may stay at six while another goes to a
 * hundred, and both are to be read; so each doubling is about as high, and 0 is on it, too.
 */
export function yOf(sessions: number): number {
  return Math.log2(1 + sessions);
}

export function axisYOfSessions(most: number, index: number): YAXisComponentOption {
  const values = [0, 1];
  while ((values.at(-1) ?? most) < most) values.push((values.at(-1) ?? 1) * 2);
  const places = values.map(yOf);
  return {
    ...axisY("sessions (logarithmic)", index),
    max: yOf(Math.max(...values)),
    axisTick: { customValues: places },
    axisLabel: {
      customValues: places,
      color: ink,
      formatter: (place: number) => countText(2 ** place - 1),
    },
  };
}

export const kneeColour = "#b2182b";

/** The knee across a panel: its interval shaded; nothing where none is claimed. */
export function kneeMarks({ knee, steps }: SweepResult, { isNamed }: { isNamed: boolean }) {
  const [first, last] = [steps[0], steps.at(-1)];
  if (knee === null || first === undefined || last === undefined) return {};
  const within = (sessions: number) =>
    xOf(Math.min(Math.max(sessions, first.sessions), last.sessions));
  const name = `knee ${knee.sessions} (95 %: ${knee.low} to ${knee.high})`;
  return {
    markLine: {
      silent: true,
      symbol: "none",
      lineStyle: { color: kneeColour, width: 1.5, type: "solid" as const },
      label: {
        show: isNamed,
        formatter: name,
        color: kneeColour,
        fontSize: 12,
        position: "end" as const,
      },
      data: [{ xAxis: xOf(knee.sessions) }],
    },
    markArea: {
      silent: true,
      itemStyle: { color: kneeColour, opacity: 0.12 },
      data: [[{ xAxis: within(knee.low) }, { xAxis: within(knee.high) }]] as [
        [{ xAxis: number }, { xAxis: number }],
      ],
    },
  };
}
