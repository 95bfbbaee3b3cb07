/** A panel of the plot of a sweep: where a transaction's time goes, place upon place. */
import type { LineSeriesOption } from "echarts";
import type { Part, PartKind } from "../scaling/parts.ts";
import { partWords } from "../scaling/place-words.ts";
import { axisY, boxOf, kneeMarks, legendOf, type Panel, type Place, xOf } from "./plot-axes.ts";
import type { Plotted, PlottedStep } from "./plot-data.ts";
import type { PlotLook } from "./plot-look.ts";

export function latencyPanel(result: Plotted, place: Place): Panel {
  const { look } = place;
  const layers = layersOf(result.steps, look);
  const series = layers.map((layer, index): LineSeriesOption => {
    const { name, colour } = layer;
    return {
      name,
      type: "line",
      stack: "latency",
      symbol: "none",
      color: colour,
      lineStyle: { width: 0.5, color: colour },
      areaStyle: { color: colour, opacity: 0.85 },
      data: result.steps.map((step) => [xOf(step.sessions), msIn(step, layer)]),
      ...(index === 0 ? kneeMarks(result, { look, isNamed: false }) : {}),
    };
  });
  return {
    title: "Where the time of a transaction goes",
    yAxis: axisY("ms a transaction", place),
    legend: {
      ...legendOf(
        place,
        layers.map(({ name }) => ({ name, icon: "rect" })),
      ),
      itemGap: legendGap,
      // Not wider than half of the plot: two at least stand beside one another.
      textStyle: { color: look.ink, fontSize: 12, width: 410, overflow: "truncate" },
    },
    series,
  };
}

/** Pixels; an entry of a legend is 14 high. */
const legendGap = 12;

/** Pixels that the whole plot is high, which ends with this panel's legend. */
export function heightWith({ series }: Panel): number {
  return boxOf(2).legendTop + Math.ceil(series.length / 2) * (14 + legendGap) + 12;
}

export interface Layer {
  readonly name: string;
  readonly colour: string;
  readonly isIn: (part: Part) => boolean;
}

/** More are not told apart; and what is less everywhere is not seen. */
const layersMax = 8;
const shareMin = 0.01;

/** Served places below and waiting above, so that a queue is seen to grow; the rest on top. */
export function layersOf(steps: readonly PlottedStep[], look: PlotLook): readonly Layer[] {
  const largest = new Map<string, Part>();
  for (const part of steps.flatMap(({ parts }) => parts)) {
    const name = partWords(part);
    if (part.share > (largest.get(name)?.share ?? 0)) largest.set(name, part);
  }
  const bySize = [...largest.values()].sort((one, other) => other.share - one.share);
  const shown = bySize.filter(({ share }) => share >= shareMin).slice(0, layersMax);
  const ordered = [
    ...shown.filter(({ isWaiting }) => !isWaiting),
    ...shown.filter(({ isWaiting }) => isWaiting),
  ];
  const layers = ordered.map((part) => layerOf(part, { all: ordered, look }));
  if (shown.length === bySize.length) return layers;
  const isShown = (part: Part) => layers.some(({ isIn }) => isIn(part));
  return [...layers, { name: "all else", colour: look.rest, isIn: (part) => !isShown(part) }];
}

function layerOf(
  part: Part,
  { all, look }: { readonly all: readonly Part[]; readonly look: PlotLook },
): Layer {
  const name = partWords(part);
  const alike = all.filter(
    ({ kind, isWaiting }) => kind === part.kind && isWaiting === part.isWaiting,
  );
  const shades =
    part.kind === "generator"
      ? [look.quiet]
      : ((part.isWaiting ? waitingColours : servedColours)[part.kind] ?? [otherColour]);
  return {
    name,
    colour: shades[alike.indexOf(part) % shades.length] ?? otherColour,
    isIn: (other) => partWords(other) === name,
  };
}

export function msIn({ parts, perSecond }: PlottedStep, { isIn }: Layer): number {
  if (perSecond === 0) return 0;
  const sessions = parts.filter(isIn).reduce((sum, part) => sum + part.sessions, 0);
  return (sessions / perSecond) * 1000;
}

const otherColour = "#bbbbbb";

/** Of each kind the same in all plots; shades where there may be several of it. After M. Okabe and K. Ito. */
const waitingColours: Partial<Record<PartKind, readonly string[]>> = {
  pool: ["#d55e00"],
  "service-gate": ["#882255", "#aa4499", "#cc6677", "#ddaacc"],
  lock: ["#e69f00", "#f0c050", "#f6dc9a"],
  "internal-lock": ["#a07800", "#c8a850", "#e0d0a0"],
  cpu: ["#8fd0bb"],
  io: ["#56b4e9", "#8fcdf0", "#c0e2f6"],
  network: ["#999999"],
};

const servedColours: Partial<Record<PartKind, readonly string[]>> = {
  cpu: ["#009e73"],
  client: ["#0072b2"],
  service: ["#9f8fc7"],
  "service-gate": ["#ccbbdd"],
};
