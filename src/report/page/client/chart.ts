/** One chart in its place: drawn again for other data, another width or another colour scheme. */
import type { EChartsOption } from "echarts";
import type { Look } from "../charts/look.ts";
import type { Drawing } from "../charts/panel.ts";
import { type EChartsType, init } from "./echarts.ts";
import { lookOf } from "./look.ts";

export class Chart {
  readonly place: HTMLElement;
  readonly #canvas: HTMLElement;
  readonly echarts: EChartsType;
  readonly #drawing: (look: Look) => Drawing;

  constructor(place: HTMLElement, drawing: (look: Look) => Drawing) {
    this.place = place;
    this.#drawing = drawing;
    this.#canvas = document.createElement("div");
    // What is in it is told by the caption and by the table.
    this.#canvas.setAttribute("aria-hidden", "true");
    place.replaceChildren(this.#canvas);
    this.#canvas.style.height = `${drawing(lookOf(place)).heightPx}px`;
    this.echarts = init(this.#canvas, null, { renderer: "svg" });
    this.draw();
  }

  draw(): void {
    const { option, heightPx } = this.#drawing(lookOf(this.place));
    this.#canvas.style.height = `${heightPx}px`;
    this.echarts.resize();
    this.echarts.setOption(
      { ...option, ...chosen(option, this.echarts.getOption() as EChartsOption | undefined) },
      { notMerge: true },
    );
  }
}

/** Lines that the reader has switched off stay off, and what was zoomed to stays in view. */
function chosen(option: EChartsOption, shown: EChartsOption | undefined): EChartsOption {
  const legends = listOf(shown?.legend);
  const [zoom] = listOf(shown?.dataZoom);
  const selected = Object.assign({}, ...legends.map((legend) => legend.selected)) as object;
  return {
    legend: listOf(option.legend).map((legend) => ({ ...legend, selected: { ...selected } })),
    ...(option.dataZoom === undefined || zoom === undefined
      ? {}
      : {
          dataZoom: listOf(option.dataZoom).map((one) => ({
            ...one,
            start: zoom.start ?? 0,
            end: zoom.end ?? 100,
          })),
        }),
  };
}

/** What may be alone is a list once the chart has it. */
function listOf<T>(one: T | T[] | undefined): T[] {
  if (one === undefined) return [];
  return Array.isArray(one) ? one : [one];
}
