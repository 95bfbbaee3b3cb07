/** What the panels of the plot of a sweep have in common: axes, places, colours of the frame. */
import type {
  LegendComponentOption,
  SeriesOption,
  XAXisComponentOption,
  YAXisComponentOption,
} from "echarts";
import { countText } from "../core/counted.ts";
import type { Plotted, PlottedStep } from "./plot-data.ts";
import type { PlotLook } from "./plot-look.ts";

export interface Panel {
  readonly title: string;
  readonly yAxis: YAXisComponentOption;
  readonly legend: LegendComponentOption;
  readonly series: readonly SeriesOption[];
}

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

/** Which of the panels it is, from above, and how all of them look. */
export interface Place {
  readonly index: number;
  readonly look: PlotLook;
}

export function axisX(
  steps: readonly PlottedStep[],
  { index, look: { ink, frame } }: Place,
): XAXisComponentOption {
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

export function axisY(unit: string, { index, look: { ink, frame, faint } }: Place) {
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
  { index, look: { ink } }: Place,
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

export function axisYOfSessions(most: number, place: Place): YAXisComponentOption {
  const values = [0, 1];
  while ((values.at(-1) ?? most) < most) values.push((values.at(-1) ?? 1) * 2);
  const places = values.map(yOf);
  return {
    ...axisY("sessions (logarithmic)", place),
    max: yOf(Math.max(...values)),
    axisTick: { customValues: places },
    axisLabel: {
      customValues: places,
      color: place.look.ink,
      formatter: (value: number) => countText(2 ** value - 1),
    },
  };
}

/** The knee across a panel: its interval shaded; nothing where none is claimed. */
export function kneeMarks(
  { knee, steps }: Plotted,
  { look, isNamed }: { readonly look: PlotLook; readonly isNamed: boolean },
) {
  const [first, last] = [steps[0], steps.at(-1)];
  if (knee === null || first === undefined || last === undefined) return {};
  const within = (sessions: number) =>
    xOf(Math.min(Math.max(sessions, first.sessions), last.sessions));
  const interval = look.isSmall ? "" : ` (95 %: ${knee.low} to ${knee.high})`;
  return {
    markLine: {
      silent: true,
      symbol: "none",
      lineStyle: { color: look.knee, width: 1.5, type: "solid" as const },
      label: {
        show: isNamed,
        formatter: `knee ${knee.sessions}${interval}`,
        color: look.knee,
        fontSize: 12,
        position: "end" as const,
      },
      data: [{ xAxis: xOf(knee.sessions) }],
    },
    markArea: {
      silent: true,
      itemStyle: { color: look.knee, opacity: 0.12 },
      data: [[{ xAxis: within(knee.low) }, { xAxis: within(knee.high) }]] as [
        [{ xAxis: number }, { xAxis: number }],
      ],
    },
  };
}
