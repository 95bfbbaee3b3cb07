/**
 * The latency spectrum: how long the slowest one in ten, in a hundred, in a thousand took at least
 * (after HdrHistogram's percentile plot, G. Tene), on an axis where each tenfold is as wide.
 */
import type { SeriesOption, TooltipComponentOption } from "echarts";
import { timeText } from "../../figures.ts";
import { html } from "../html.ts";
import type { Spectrum, SpectrumLine } from "../page-data.ts";
import { colourOf, font, isNarrow, type Look, tooltipLook } from "./look.ts";
import type { Drawing } from "./panel.ts";

const looks: Readonly<
  Record<SpectrumLine["name"], { colour: number; type: "solid" | "dashed" | "dotted" }>
> = {
  "from the intended start": { colour: 0, type: "solid" },
  service: { colour: 2, type: "dashed" },
  "waiting for a connection": { colour: 1, type: "dotted" },
};

const heightPx = 340;

/** A logarithm has no place for 0. */
export const leastUs = 1;

export function spectrumChart({ lines }: Spectrum, look: Look): Drawing {
  return {
    heightPx,
    option: {
      animation: false,
      textStyle: { fontFamily: font, color: look.ink },
      legend: {
        data: lines.map(({ name }) => ({ name, itemStyle: { opacity: 0 } })),
        left: 0,
        top: 4,
        padding: 0,
        textStyle: { color: look.ink, fontSize: 12 },
        inactiveColor: look.frame,
      },
      grid: {
        left: isNarrow(look) ? 54 : 64,
        right: 20,
        top: isNarrow(look) ? 62 : 40,
        bottom: 48,
      },
      xAxis: {
        type: "log",
        min: 1,
        max: "dataMax",
        name: "percentile",
        nameLocation: "middle",
        nameGap: 30,
        nameTextStyle: { color: look.ink },
        axisLine: { onZero: false, lineStyle: { color: look.frame } },
        axisLabel: { color: look.ink, hideOverlap: true, formatter: percentileText },
        splitLine: { lineStyle: { color: look.faint } },
      },
      yAxis: {
        type: "log",
        axisLine: { show: false },
        axisTick: { show: false },
        axisLabel: { color: look.ink, formatter: timeText },
        splitLine: { lineStyle: { color: look.faint } },
      },
      tooltip: tooltipOf(look),
      series: lines.map(({ name, points }): SeriesOption => {
        const { colour, type } = looks[name];
        return {
          name,
          type: "line",
          showSymbol: points.length === 1,
          color: colourOf(look, colour),
          lineStyle: { width: 2, type },
          data: points.map(([rarer, us]) => [rarer, Math.max(leastUs, us)]),
        };
      }),
    },
  };
}

/** The same in words, of the point of this number on all lines: they have their points at the same percentiles. */
export function spectrumWords({ lines }: Spectrum, index: number): string {
  const shown = lines.flatMap(({ name, points }) => {
    const point = points[index];
    return point === undefined ? [] : [{ name, point }];
  });
  const [first] = shown;
  if (first === undefined) return "";
  const times = shown.map(({ name, point: [, us] }) => `${name} ${timeText(us)}`);
  return [percentileText(first.point[0]), ...times].join(", ");
}

function tooltipOf(look: Look): TooltipComponentOption {
  return {
    ...tooltipLook(look),
    formatter: (shown) => {
      const all = Array.isArray(shown) ? shown : [shown];
      const [rarer = 1] = (all[0]?.value ?? []) as readonly number[];
      const rows = all.map(({ seriesName = "", value }) => {
        const [, us = 0] = value as readonly number[];
        return html`<tr>
          <td>${seriesName}</td>
          <td>${timeText(us)}</td>
        </tr>`;
      });
      return html`<strong>${percentileText(rarer)}</strong>
        <table class="tip">
          ${rows}
        </table>`.markup;
    },
  };
}

/** `p99.9` for one in a thousand. */
export function percentileText(timesRarer: number): string {
  const percent = 100 - 100 / timesRarer;
  // As many digits as tell it from 100.
  const decimals = Math.max(0, Math.floor(Math.log10(timesRarer) + 1e-9) - 1);
  return `p${Number(percent.toFixed(Math.max(decimals, 1)))}`;
}
