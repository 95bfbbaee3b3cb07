/** Two panels of the plot of a sweep: throughput with what was fitted to it, and who was at the server. */
import type { CustomSeriesOption, LineSeriesOption, SeriesOption } from "echarts";
import { digits } from "./figures.ts";
import {
  axisY,
  axisYOfSessions,
  kneeMarks,
  legendOf,
  type Panel,
  type Place,
  xOf,
  yOf,
} from "./plot-axes.ts";
import type { Plotted, PlottedStep } from "./plot-data.ts";
import type { PlotLook } from "./plot-look.ts";

const runsName = "each run";
const meanName = "mean, with its 95 % interval";
const hingeName = "hinge fitted to the means";

export function throughputPanel(result: Plotted, place: Place): Panel {
  const { steps, knee } = result;
  const { look } = place;
  const law = uslSeries(result, look);
  const hinge = hingeSeries(knee, look);
  const runs = steps.flatMap(({ sessions, runs }) =>
    runs.map(({ perSecond }) => [xOf(sessions), perSecond]),
  );
  const means = steps.map(({ sessions, perSecond }) => [xOf(sessions), perSecond]);
  return {
    title: knee === null ? "Throughput (no knee is claimed)" : "Throughput",
    yAxis: axisY("committed transactions a second", place),
    legend: legendOf(place, [
      runsName,
      meanName,
      // A line alone: for a series without symbols the legend would make one up.
      ...hinge.map(({ name }) => ({ name: String(name), itemStyle: { opacity: 0 } })),
      ...law.slice(0, 1).map(({ name }) => ({ name: String(name), icon: "rect" })),
    ]),
    series: [
      ...law,
      {
        name: meanName,
        type: "line",
        data: means,
        color: look.mean,
        symbol: "circle",
        symbolSize: 7,
        lineStyle: { width: 2 },
        z: 4,
        ...kneeMarks(result, { look, isNamed: true }),
      },
      intervalSeries(steps, look),
      {
        name: runsName,
        type: "scatter",
        data: runs,
        symbolSize: 6,
        // Beside the mean, lest it hides them.
        symbolOffset: [10, 0],
        itemStyle: { color: "transparent", borderColor: look.each, borderWidth: 1 },
        z: 5,
      },
      ...hinge,
    ],
  };
}

/** Pixels, to each side. */
const whisker = 5;

/** Of each mean, as a whisker. */
function intervalSeries(steps: readonly PlottedStep[], { mean }: PlotLook): CustomSeriesOption {
  return {
    name: meanName,
    type: "custom",
    color: mean,
    z: 4,
    data: steps.map(({ sessions, low, high }) => [xOf(sessions), low, high]),
    encode: { x: 0, y: [1, 2] },
    renderItem: (_, api) => {
      const [x, low, high] = [0, 1, 2].map((dimension) => Number(api.value(dimension)));
      const [middle = 0, bottom = 0] = api.coord([x ?? 0, low ?? 0]);
      const [, top = 0] = api.coord([x ?? 0, high ?? 0]);
      const line = (x1: number, y1: number, x2: number, y2: number) => ({
        type: "line" as const,
        shape: { x1, y1, x2, y2 },
        style: { stroke: mean, lineWidth: 1.5 },
      });
      return {
        type: "group",
        children: [
          line(middle, bottom, middle, top),
          line(middle - whisker, bottom, middle + whisker, bottom),
          line(middle - whisker, top, middle + whisker, top),
        ],
      };
    },
  };
}

/** What the knee was read from. */
function hingeSeries(knee: Plotted["knee"], look: PlotLook): LineSeriesOption[] {
  if (knee === null) return [];
  return [
    {
      name: hingeName,
      type: "line",
      data: knee.fit.map(({ sessions, perSecond }) => [xOf(sessions), perSecond]),
      color: look.knee,
      symbol: "none",
      lineStyle: { width: 1.2, type: "dashed" },
      // Above the line through the means, which it may cover.
      z: 6,
    },
  ];
}

/** Places that a curve is drawn through. */
const curvePoints = 60;

/** The law and around it a band with each parameter at the worse end of its interval; none where it is not adequate. */
function uslSeries({ usl, steps }: Plotted, look: PlotLook): LineSeriesOption[] {
  const [first, last] = [steps[0], steps.at(-1)];
  if (usl?.adequate !== true || first === undefined || last === undefined) return [];
  const { alpha, beta, gamma } = usl.intervals;
  const places = Array.from(
    { length: curvePoints + 1 },
    (_, index) =>
      xOf(first.sessions) + ((xOf(last.sessions) - xOf(first.sessions)) * index) / curvePoints,
  );
  const curve = (of: Law) =>
    places.map((place): [number, number] => [place, lawAt(2 ** place, of)]);
  const low = curve({ alpha: alpha.high, beta: beta.high, gamma: gamma.low });
  const high = curve({ alpha: alpha.low, beta: beta.low, gamma: gamma.high });
  const name = `USL: alpha ${digits(usl.alpha)}, beta ${digits(usl.beta)} (band: its parameters' 95 % intervals)`;
  const line = { name, type: "line", symbol: "none", color: look.law, z: 3 } as const;
  return [
    { ...line, data: curve(usl), lineStyle: { width: 2, type: "dashed" } },
    { ...line, data: low, stack: "usl", lineStyle: { opacity: 0 } },
    {
      ...line,
      data: high.map(([place, value], index) => [place, value - (low[index]?.[1] ?? 0)]),
      stack: "usl",
      lineStyle: { opacity: 0 },
      areaStyle: { opacity: 0.2 },
    },
  ];
}

interface Law {
  readonly alpha: number;
  readonly beta: number;
  readonly gamma: number;
}

/** N. J. Gunther, Guerrilla Capacity Planning, 2007, chapter 4. */
function lawAt(sessions: number, { alpha, beta, gamma }: Law): number {
  return (gamma * sessions) / (1 + alpha * (sessions - 1) + beta * sessions * (sessions - 1));
}

/** Told apart without colours, too, and where one hides another. */
const looks = [
  { name: "backends (most)", colour: "each", symbol: "rect", symbolSize: 11, type: "dotted" },
  { name: "busy sessions (mean)", colour: "mean", symbol: "circle", symbolSize: 7, type: "solid" },
  {
    name: "of these active (mean)",
    colour: "active",
    symbol: "triangle",
    symbolSize: 7,
    type: "dashed",
  },
] as const;

export function sessionsPanel(result: Plotted, place: Place): Panel {
  const { look } = place;
  const figures: readonly ((step: PlottedStep) => number)[] = [
    ({ backendsMax }) => backendsMax,
    ({ busySessions }) => busySessions.mean,
    ({ activeSessions }) => activeSessions.mean,
  ];
  const most = Math.max(1, ...figures.flatMap((figure) => result.steps.map(figure)));
  const series = looks.map(({ name, colour, symbol, symbolSize, type }, index): SeriesOption => {
    const figure = figures[index];
    return {
      name,
      type: "line",
      color: look[colour],
      symbol,
      symbolSize,
      lineStyle: { width: 2, type },
      data: result.steps.map((step) => [xOf(step.sessions), yOf(figure?.(step) ?? 0)]),
      ...(index === 0 ? kneeMarks(result, { look, isNamed: false }) : {}),
    };
  });
  return {
    title: "At the server",
    yAxis: axisYOfSessions(most, place),
    legend: legendOf(
      place,
      looks.map(({ name }) => name),
    ),
    series,
  };
}
