/** The plot of a sweep in a page: the panels of sweep.svg, each in a place of its own, as the reader's screen wants them. */
import type { LegendComponentOption } from "echarts";
import { counted } from "../../../core/counted.ts";
import { digits } from "../../figures.ts";
import { axisX, type Panel } from "../../plot-axes.ts";
import type { Plotted, PlottedStep } from "../../plot-data.ts";
import { latencyPanel, layersOf, msIn } from "../../plot-latency.ts";
import type { PlotLook } from "../../plot-look.ts";
import { sessionsPanel, throughputPanel } from "../../plot-panels.ts";
import { legendHeight, legendLook } from "./legend.ts";
import { colourOf, font, isNarrow, type Look } from "./look.ts";
import { type Point, type PointedDrawing, tooltipFor } from "./points.ts";

export function throughputChart(sweep: Plotted, look: Look): PointedDrawing {
  const panel = throughputPanel(sweep, { index: 0, look: plotLook(look) });
  return drawingOf(panel, sweep, { look, points: sweep.steps.map(throughputPoint) });
}

export function sessionsChart(sweep: Plotted, look: Look): PointedDrawing {
  const panel = sessionsPanel(sweep, { index: 0, look: plotLook(look) });
  return drawingOf(panel, sweep, { look, points: sweep.steps.map(sessionsPoint) });
}

export function timesChart(sweep: Plotted, look: Look): PointedDrawing {
  const plot = plotLook(look);
  const layers = layersOf(sweep.steps, plot);
  const points = sweep.steps.map((step) => ({
    title: titleOf(step),
    rows: layers
      .map((layer) => [layer.name, msIn(step, layer)] as const)
      .filter(([, ms]) => ms > 0)
      .map(([name, ms]) => [name, `${digits(ms)} ms`] as const),
  }));
  return drawingOf(latencyPanel(sweep, { index: 0, look: plot }), sweep, { look, points });
}

/** The look of a page as the plot takes it. */
export function plotLook(look: Look): PlotLook {
  const { ink, frame, faint, paper } = look;
  return {
    font,
    ink,
    quiet: frame,
    frame,
    faint,
    paper,
    each: colourOf(look, 4),
    mean: colourOf(look, 0),
    active: colourOf(look, 2),
    law: colourOf(look, 5),
    knee: colourOf(look, 3),
    rest: faint,
    isSmall: isNarrow(look),
  };
}

/** Pixels: of the plot, above it (a name of the axis, and of the knee), and below it. */
const plotHeight = 260;
const above = 46;
const below = 52;

interface Around {
  readonly look: Look;
  readonly points: readonly Point[];
}

function drawingOf(panel: Panel, { steps }: Plotted, { look, points }: Around): PointedDrawing {
  const legend = legendHeight(namesOf(panel.legend), look);
  const left = isNarrow(look) ? 44 : 56;
  return {
    heightPx: legend + above + plotHeight + below,
    points,
    seriesIndex: seriesWith(panel, steps.length),
    option: {
      animation: false,
      textStyle: { fontFamily: font, color: look.ink },
      legend: { ...panel.legend, ...legendLook(look) },
      grid: { left, right: 20, top: legend + above, height: plotHeight },
      xAxis: axisX(steps, { index: 0, look: plotLook(look) }),
      // The axis' name stands above it: beside it a phone has no room.
      yAxis: {
        ...panel.yAxis,
        nameLocation: "end",
        nameGap: 24,
        nameTextStyle: { color: look.ink, fontSize: 12, align: "left", padding: [0, 0, 0, -left] },
      },
      tooltip: {
        ...tooltipFor(points, look),
        axisPointer: { lineStyle: { color: look.frame }, label: { show: false } },
      },
      series: [...panel.series],
    },
  };
}

function namesOf({ data = [] }: LegendComponentOption): readonly string[] {
  return data.map((one) => (typeof one === "string" ? one : String(one.name)));
}

/** The first one with a value for each step: a fitted curve has others. */
function seriesWith({ series }: Panel, count: number): number {
  return series.findIndex(({ data }) => Array.isArray(data) && data.length === count);
}

function titleOf({ sessions }: PlottedStep): string {
  return counted(sessions, "session");
}

function throughputPoint(step: PlottedStep): Point {
  const { perSecond, low, high, runs } = step;
  return {
    title: titleOf(step),
    rows: [
      ["mean", `${digits(perSecond)}/s`],
      ["95 % interval", `${digits(low)} to ${digits(high)}/s`],
      ["each run", runs.map((run) => digits(run.perSecond)).join(", ")],
    ],
  };
}

function sessionsPoint(step: PlottedStep): Point {
  return {
    title: titleOf(step),
    rows: [
      ["backends (most)", digits(step.backendsMax)],
      ["busy (mean)", digits(step.busySessions.mean)],
      ["of these active (mean)", digits(step.activeSessions.mean)],
    ],
  };
}
