/**
 * Panels one above the other on the same time axis: one chart, so that the pointer, the tooltip and
 * the zoom go through all of them. Faults in force are shaded across all.
 */
import type { LineSeriesOption, SeriesOption } from "echarts";
import type { FaultSpan, Second } from "../page-data.ts";
import { legendHeight, legendLook, letterWidth } from "./legend.ts";
import { colourOf, font, isNarrow, type Look } from "./look.ts";
import type { Drawing, Panel, PanelLine } from "./panel.ts";
import { tooltipOf } from "./tooltip.ts";

/** Pixels. */
const panelHeight = 128;
const titleHeight = 20;
const gap = 30;
const top = 4;
const axisHeight = 26;
const zoomHeight = 44;

/** With fewer there is nothing to zoom into. */
const secondsToZoomMin = 60;

export function panelsChart(
  panels: readonly Panel[],
  seconds: readonly Second[],
  { faults, look }: { readonly faults: readonly FaultSpan[]; readonly look: Look },
): Drawing {
  const hasZoom = seconds.length >= secondsToZoomMin;
  const boxes = boxesOf(panels, look);
  const bottom = boxes.at(-1)?.bottom ?? 0;
  const [startS, endS] = [(seconds[0]?.startMs ?? 0) / 1000, (seconds.at(-1)?.endMs ?? 0) / 1000];
  const left = isNarrow(look) ? 54 : 64;
  const all = panels.map((_, index) => index);
  return {
    heightPx: bottom + axisHeight + (hasZoom ? zoomHeight : 0),
    option: {
      animation: false,
      textStyle: { fontFamily: font, color: look.ink },
      title: panels.map(({ title }, index) => ({
        text: title,
        left: 0,
        top: boxes[index]?.titleTop ?? 0,
        padding: 0,
        textStyle: { fontSize: 13, fontWeight: 600, color: look.ink },
      })),
      legend: panels.map((panel, index) => legendOf(panel, boxes[index], look)),
      grid: boxes.map(({ gridTop }) => ({
        left,
        right: 14,
        top: gridTop,
        height: panelHeight,
        // Labels would else make the lowest one narrower than those above it.
        outerBoundsMode: "none" as const,
      })),
      xAxis: all.map((index) => ({
        gridIndex: index,
        type: "value" as const,
        min: startS,
        max: endS,
        axisLine: { onZero: false, lineStyle: { color: look.frame } },
        axisTick: { show: index === panels.length - 1 },
        axisLabel: {
          show: index === panels.length - 1,
          color: look.ink,
          hideOverlap: true,
          formatter: (value: number) => `${Math.round(value * 10) / 10} s`,
        },
        splitLine: { show: false },
        axisPointer: { show: true, label: { show: false }, lineStyle: { color: look.frame } },
      })),
      yAxis: panels.map((panel, index) => axisY(panel, index, look)),
      axisPointer: { link: [{ xAxisIndex: all }], triggerTooltip: true },
      tooltip: tooltipOf(panels, seconds, look),
      ...(hasZoom ? { dataZoom: [zoomOf(all, bottom + axisHeight + 8, look)] } : {}),
      series: panels.flatMap((panel, index) => [
        shades(index, { seconds, faults, look }),
        ...panel.lines.map((line) => seriesOf(line, index, { seconds, look })),
      ]),
    },
  };
}

interface Box {
  readonly titleTop: number;
  readonly legendTop: number;
  readonly gridTop: number;
  readonly bottom: number;
}

function boxesOf(panels: readonly Panel[], look: Look): readonly Box[] {
  let next = top;
  return panels.map(({ lines }) => {
    const titleTop = next;
    const legendTop = titleTop + titleHeight;
    const names = lines.map(({ name }) => name);
    const gridTop = legendTop + legendHeight(names, look);
    const bottom = gridTop + panelHeight;
    next = bottom + gap;
    return { titleTop, legendTop, gridTop, bottom };
  });
}

function legendOf({ lines }: Panel, box: Box | undefined, look: Look) {
  return {
    // A line alone: for a series without symbols the legend would make one up.
    data: lines.map(({ name, kind }) =>
      kind === "line"
        ? { name, itemStyle: { opacity: 0 } }
        : { name, icon: kind === "mark" ? "triangle" : "rect" },
    ),
    ...legendLook(look),
    top: box?.legendTop ?? 0,
  };
}

function axisY({ isLogarithmic, text }: Panel, index: number, look: Look) {
  return {
    gridIndex: index,
    type: isLogarithmic ? ("log" as const) : ("value" as const),
    ...(isLogarithmic ? {} : { min: 0, minInterval: 1 }),
    splitNumber: 3,
    axisLine: { show: false },
    axisTick: { show: false },
    axisLabel: { color: look.ink, fontSize: 11, formatter: text, hideOverlap: true },
    splitLine: { lineStyle: { color: look.faint } },
  };
}

function zoomOf(all: readonly number[], zoomTop: number, look: Look) {
  return {
    type: "slider" as const,
    xAxisIndex: [...all],
    top: zoomTop,
    height: 24,
    left: 54,
    right: 14,
    filterMode: "none" as const,
    showDataShadow: false,
    brushSelect: false,
    borderColor: look.faint,
    textStyle: { color: look.ink },
    labelFormatter: (value: number) => `${Math.round(value)} s`,
  };
}

interface Around {
  readonly seconds: readonly Second[];
  readonly look: Look;
}

function seriesOf(line: PanelLine, index: number, { seconds, look }: Around): SeriesOption {
  const { name, kind, dash } = line;
  const colour = colourOf(look, line.colour);
  const data = seconds.map((second) => [second.endMs / 1000, line.value(second)]);
  const place = { name, xAxisIndex: index, yAxisIndex: index, data, color: colour } as const;
  return {
    ...place,
    type: "line",
    // A point alone would else not be seen.
    showSymbol: kind === "mark" || isScattered(seconds.map(line.value)),
    symbol: kind === "mark" ? "triangle" : "circle",
    symbolSize: kind === "mark" ? 9 : 4,
    lineStyle: { width: widths[kind], type: dash },
    ...(kind === "stack" ? { stack: `areas-${index}`, areaStyle: { opacity: 0.55 } } : {}),
  };
}

/** Pixels. */
const widths = { line: 1.8, stack: 1, mark: 0 } as const;

/** Has a value that has no neighbour. */
function isScattered(values: readonly (number | null)[]): boolean {
  return values.some(
    (value, index) =>
      value !== null &&
      (values[index - 1] ?? null) === null &&
      (values[index + 1] ?? null) === null,
  );
}

type Shade = NonNullable<NonNullable<LineSeriesOption["markArea"]>["data"]>[number];

/** A series of its own, lest the shades go when a line is switched off. The first panel has the names. */
function shades(
  index: number,
  { seconds, faults, look }: Around & { readonly faults: readonly FaultSpan[] },
): SeriesOption {
  const [startMs, endMs] = [seconds[0]?.startMs ?? 0, seconds.at(-1)?.endMs ?? 0];
  const pixelsEachMs = look.width / Math.max(1, endMs - startMs);
  const shade = (from: number, to: number, names: readonly string[]): Shade => {
    const fitting = names.find((name) => name.length * letterWidth < (to - from) * pixelsEachMs);
    const isFault = names.length > 1;
    const itemStyle = isFault
      ? { color: look.fault, opacity: 0.16 }
      : { color: look.frame, opacity: 0.12 };
    const name = index === 0 ? (fitting ?? "") : "";
    return [{ xAxis: from / 1000, name, itemStyle }, { xAxis: to / 1000 }];
  };
  return {
    type: "line",
    name: "",
    xAxisIndex: index,
    yAxisIndex: index,
    data: [],
    silent: true,
    tooltip: { show: false },
    markArea: {
      silent: true,
      label: { color: look.ink, fontSize: 11, position: "insideTop", distance: 3 },
      data: [
        ...(startMs < 0 ? [shade(startMs, 0, ["warm-up"])] : []),
        ...faults.map((fault, place) =>
          shade(fault.startMs, fault.endMs, faultNames(fault, place)),
        ),
      ],
    },
  };
}

/** The longest one first; by its number the caption has it, too. */
function faultNames({ text }: FaultSpan, place: number): readonly string[] {
  const number = String(place + 1);
  return [`${number} ${text.replace(/[:@].*$/, "")}`, number];
}
