/** Charts whose points have figures to be told: beside the pointer, and in words by the keyboard. */
import type { TooltipComponentOption } from "echarts";
import { type Html, html } from "../html.ts";
import { type Look, tooltipLook } from "./look.ts";
import type { Drawing } from "./panel.ts";

export interface Point {
  /** Such as "8 sessions". */
  readonly title: string;
  readonly rows: readonly (readonly [name: string, text: string])[];
}

export interface PointedDrawing extends Drawing {
  /** Of the series that arrows go through, in its order. */
  readonly points: readonly Point[];
  readonly seriesIndex: number;
}

/** `points`: by the index of a value in any series that the axis shows. */
export function tooltipFor(points: readonly Point[], look: Look): TooltipComponentOption {
  return {
    ...tooltipLook(look),
    formatter: (shown) => {
      const [first] = Array.isArray(shown) ? shown : [shown];
      const point = points[first?.dataIndex ?? -1];
      return point === undefined ? "" : pointHtml(point).markup;
    },
  };
}

function pointHtml({ title, rows }: Point): Html {
  return html`<strong>${title}</strong>
    <table class="tip">
      ${rows.map(
        ([name, text]) =>
          html`<tr>
            <td>${name}</td>
            <td>${text}</td>
          </tr>`,
      )}
    </table>`;
}

export function pointWords({ title, rows }: Point): string {
  return [title, ...rows.map(([name, text]) => `${name} ${text}`)].join(", ");
}

/** Axes of these charts have lines for values, and none of their own. */
export function valueAxis(look: Look) {
  return {
    axisLine: { show: false },
    axisTick: { show: false },
    nameTextStyle: { color: look.ink },
    splitLine: { lineStyle: { color: look.faint } },
  };
}
