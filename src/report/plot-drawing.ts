/** Draws with echarts, without a browser: of it only what the plot of a sweep is made of. */
import { CustomChart, LineChart, ScatterChart } from "echarts/charts";
import {
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TitleComponent,
} from "echarts/components";
import { init, setPlatformAPI, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import type { Plot } from "./plot-option.ts";

use([
  CustomChart,
  LineChart,
  ScatterChart,
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TitleComponent,
  SVGRenderer,
]);

/** Share of its height that a letter of a wide font takes: a reader's fonts are not known here. */
const letterWidth = 0.6;

// Without it letters count as those of a narrow font, and texts in a wide one overlap.
setPlatformAPI({
  measureText: (text, font = "") => ({
    width: text.length * letterWidth * Number(/(\d+)px/.exec(font)?.[1] ?? 12),
  }),
});

export function drawn({ option, size }: Plot): string {
  const chart = init(null, null, { renderer: "svg", ssr: true, ...size });
  chart.setOption(option);
  const svg = chart.renderToSVGString();
  chart.dispose();
  return renamed(svg);
}

/** Its names count what this process drew before; here by when they come first. */
function renamed(svg: string): string {
  const names = new Map<string, string>();
  return svg.replaceAll(/\bzr\d+-[\w-]+/g, (name) => {
    const own = names.get(name) ?? `sweep-${names.size}`;
    names.set(name, own);
    return own;
  });
}
