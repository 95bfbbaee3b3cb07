/** What stands beside the pointer: every panel's figures of that second. */
import type { TooltipComponentOption } from "echarts";
import type { Second } from "../page-data.ts";
import { html } from "../html.ts";
import { colourOf, type Look, tooltipLook } from "./look.ts";
import type { Panel } from "./panel.ts";

export function tooltipOf(
  panels: readonly Panel[],
  seconds: readonly Second[],
  look: Look,
): TooltipComponentOption {
  return {
    ...tooltipLook(look),
    formatter: (shown) => {
      const [first] = Array.isArray(shown) ? shown : [shown];
      const [endS] = (first?.value ?? []) as readonly [number?];
      const second = seconds.find(({ endMs }) => endMs / 1000 === endS);
      return second === undefined ? "" : tooltipMarkup(panels, second, look);
    },
  };
}

/** Figures that are not known, or nothing, are left out. */
export function tooltipMarkup(panels: readonly Panel[], second: Second, look: Look): string {
  const rows = panels.flatMap(({ lines, text }) =>
    lines.flatMap(({ name, value, colour, kind }) => {
      const one = value(second);
      if (one === null || (one === 0 && kind === "stack")) return [];
      return [
        html`<tr>
          <td><span class="dot" style="background:${colourOf(look, colour)}"></span>${name}</td>
          <td>${text(one)}</td>
        </tr>`,
      ];
    }),
  );
  return html`<strong>${timeText(second)}</strong>
    <table class="tip">
      ${rows}
    </table>`.markup;
}

/** The same in words, for who does not see it. */
export function tooltipWords(panels: readonly Panel[], second: Second): string {
  const figures = panels.flatMap(({ lines, text }) =>
    lines.flatMap(({ name, value, kind }) => {
      const one = value(second);
      return one === null || (one === 0 && kind === "stack") ? [] : [`${name} ${text(one)}`];
    }),
  );
  return [timeText(second), ...figures].join(", ");
}

function timeText({ startMs, endMs, phase }: Second): string {
  const seconds = (ms: number) => Math.round(ms / 100) / 10;
  return `${seconds(startMs)} to ${seconds(endMs)} s${phase === "warmup" ? " (warm-up)" : ""}`;
}
