/** The plot of a sweep as echarts takes it: three panels over the same axis of sessions. Pure. */
import type { EChartsOption, TitleComponentOption } from "echarts";
import { counted } from "../core/counted.ts";
import type { SweepResult } from "../sweep/result.ts";
import { axisX, boxOf, headerHeight, type Panel } from "./plot-axes.ts";
import { heightWith, latencyPanel } from "./plot-latency.ts";
import { paperLook as look } from "./plot-look.ts";
import { sessionsPanel, throughputPanel } from "./plot-panels.ts";
import { limitWords } from "./scaling-words.ts";
import { wrapped } from "./screen.ts";

export interface Plot {
  readonly option: EChartsOption;
  /** Pixels; A4 upright has about this shape. */
  readonly size: { readonly width: number; readonly height: number };
}

export function plotOf(result: SweepResult): Plot {
  const last = latencyPanel(result, { index: 2, look });
  const panels = [
    throughputPanel(result, { index: 0, look }),
    sessionsPanel(result, { index: 1, look }),
    last,
  ];
  return { option: optionOf(result, panels), size: { width: 1000, height: heightWith(last) } };
}

function optionOf(result: SweepResult, panels: readonly Panel[]): EChartsOption {
  return {
    animation: false,
    backgroundColor: look.paper,
    textStyle: { fontFamily: look.font, color: look.ink },
    title: [titleOf(result), ...panels.map(panelTitle)],
    legend: panels.map(({ legend }) => legend),
    grid: panels.map((_, index) => {
      const { top, height } = boxOf(index);
      return { left: 80, right: 40, top, height };
    }),
    xAxis: panels.map((_, index) => axisX(result.steps, { index, look })),
    yAxis: panels.map(({ yAxis }) => yAxis),
    series: panels.flatMap(({ series }, index) =>
      series.map((one) => ({ ...one, xAxisIndex: index, yAxisIndex: index })),
    ),
  };
}

/** Characters that a line takes, and pixels that it is high. */
const headline = { width: { first: 82, others: 82 }, height: 24, size: 19 };
const subline = { width: { first: 140, others: 140 }, height: 18, size: 13 };

/** Right above the first panel: as many lines as it takes. */
function titleOf({ plan, verdict, kneeEvidence, ...rest }: SweepResult): TitleComponentOption {
  const name = plan.scenario.split("/").at(-1) ?? plan.scenario;
  const { explainedAt, limitedBy } = rest;
  const at = explainedAt === null ? "" : `at ${counted(explainedAt, "session")} `;
  const told = `Sweep of ${name}: ${verdict.status}, ${at}limited by ${limitWords(limitedBy)}`;
  const head = wrapped(told, headline.width);
  const sub = [setupText(plan), kneeEvidence].flatMap((text) => wrapped(text, subline.width));
  const height = head.length * headline.height + sub.length * subline.height;
  return {
    text: head.join("\n"),
    subtext: sub.join("\n"),
    left: 20,
    top: Math.max(0, headerHeight - 32 - height),
    textStyle: { fontSize: headline.size, lineHeight: headline.height, color: look.ink },
    subtextStyle: { fontSize: subline.size, lineHeight: subline.height, color: look.quiet },
  };
}

/** What somebody needs to know who sees the plot alone. */
function setupText({ system, variant, poolMax, holdMs, faults, seed }: SweepResult["plan"]) {
  return [
    ...(system === null ? [] : [`system ${system}, variant ${variant ?? ""}`]),
    ...(poolMax === null ? [] : [`a pool of ${poolMax}`]),
    ...(holdMs > 0 ? [`hold ${holdMs} ms`] : []),
    ...faults,
    `seed ${seed}`,
  ].join(", ");
}

function panelTitle({ title }: Panel, index: number): TitleComponentOption {
  return {
    text: title,
    left: 20,
    top: boxOf(index).titleTop,
    textStyle: { fontSize: 15, color: look.ink },
  };
}
