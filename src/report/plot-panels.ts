/** Two panels of the plot of a sweep: throughput with what was fitted to it, and who was at the server. */
import type { CustomSeriesOption, LineSeriesOption, SeriesOption } from "echarts";
import type { SweepResult, SweepStep } from "../sweep/result.ts";
import { digits } from "./figures.ts";
import {
  axisY,
  axisYOfSessions,
  kneeColour,
  kneeMarks,
  legendOf,
  type Panel,
  xOf,
  yOf,
} from "./plot-axes.ts";

const runsName = "each run";
const meanName = "mean, with its 95 % interval";
const hingeName = "hinge fitted to the means";

const blue = "#0072b2";
const green = "#009e73";
const orange = "#e69f00";
const grey = "#777777";

export function throughputPanel(result: SweepResult): Panel {
  const { steps, knee } = result;
  const law = uslSeries(result);
  const hinge = hingeSeries(knee);
  const runs = steps.flatMap(({ sessions, runs }) =>
    runs.map(({ perSecond }) => [xOf(sessions), perSecond]),
  );
  const means = steps.map(({ sessions, perSecond }) => [xOf(sessions), perSecond]);
  return {
    title: knee === null ? "Throughput (no knee is claimed)" : "Throughput",
    yAxis: axisY("committed transactions a second", 0),
    legend: legendOf(0, [
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
        color: blue,
        symbol: "circle",
        symbolSize: 7,
        lineStyle: { width: 2 },
        z: 4,
        ...kneeMarks(result, { isNamed: true }),
      },
      intervalSeries(steps),
      {
        name: runsName,
        type: "scatter",
        data: runs,
        symbolSize: 6,
        // Beside the mean, lest it hides them.
        symbolOffset: [10, 0],
        itemStyle: { color: "transparent", borderColor: grey, borderWidth: 1 },
        z: 5,
      },
      ...hinge,
    ],
  };
}

/** Pixels, to each side. */
const whisker = 5;

/** Of each mean, as a whisker. */
function intervalSeries(steps: readonly SweepStep[]): CustomSeriesOption {
  return {
    name: meanName,
    type: "custom",
    color: blue,
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
        style: { stroke: blue, lineWidth: 1.5 },
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
function hingeSeries(knee: SweepResult["knee"]): LineSeriesOption[] {
  if (knee === null) return [];
  return [
    {
      name: hingeName,
      type: "line",
      data: knee.fit.map(({ sessions, perSecond }) => [xOf(sessions), perSecond]),
      color: kneeColour,
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
function uslSeries({ usl, steps }: SweepResult): LineSeriesOption[] {
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
  const line = { name, type: "line", symbol: "none", color: orange, z: 3 } as const;
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
  { name: "backends (most)", color: grey, symbol: "rect", symbolSize: 11, type: "dotted" },
  { name: "busy sessions (mean)", color: blue, symbol: "circle", symbolSize: 7, type: "solid" },
  {
    name: "of these active (mean)",
    color: green,
    symbol: "triangle",
    symbolSize: 7,
    type: "dashed",
  },
] as const;

export function sessionsPanel(result: SweepResult): Panel {
  const figures: readonly ((step: SweepStep) => number)[] = [
    ({ backendsMax }) => backendsMax,
    ({ busySessions }) => busySessions.mean,
    ({ activeSessions }) => activeSessions.mean,
  ];
  const most = Math.max(1, ...figures.flatMap((figure) => result.steps.map(figure)));
  const series = looks.map(({ name, color, symbol, symbolSize, type }, index): SeriesOption => {
    const figure = figures[index];
    return {
      name,
      type: "line",
      color,
      symbol,
      symbolSize,
      lineStyle: { width: 2, type },
      data: result.steps.map((step) => [xOf(step.sessions), yOf(figure?.(step) ?? 0)]),
      ...(index === 0 ? kneeMarks(result, { isNamed: false }) : {}),
    };
  });
  return {
    title: "At the server",
    yAxis: axisYOfSessions(most, 1),
    legend: legendOf(
      1,
      looks.map(({ name }) => name),
    ),
    series,
  };
}
