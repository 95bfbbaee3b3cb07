/** One chart in its place: drawn again for other data, another width or another colour scheme. */
import type { Look } from "../charts/look.ts";
import type { Drawing } from "../charts/panels.ts";
import { type EChartsType, init } from "./echarts.ts";
import { lookOf } from "./look.ts";

export class Chart {
  readonly place: HTMLElement;
  readonly #canvas: HTMLElement;
  readonly echarts: EChartsType;
  #drawing: (look: Look) => Drawing;

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

  /** Another drawing from now on, as of other data. */
  show(drawing: (look: Look) => Drawing): void {
    this.#drawing = drawing;
    this.draw();
  }

  draw(): void {
    const { option, heightPx } = this.#drawing(lookOf(this.place));
    this.#canvas.style.height = `${heightPx}px`;
    this.echarts.resize();
    this.echarts.setOption(option, { notMerge: true });
  }
}
