/** What a panel shows, and what becomes of it: a drawing. */
import type { EChartsOption } from "echarts";
import type { Second } from "../page-data.ts";

export interface PanelLine {
  readonly name: string;
  /** Of each second; null: not known. */
  readonly value: (second: Second) => number | null;
  /** Which of the look's colours. */
  readonly colour: number;
  readonly dash: "solid" | "dashed" | "dotted";
  /** "stack": an area on top of those before it. "mark": signs alone, of what happened then. */
  readonly kind: "line" | "stack" | "mark";
}

export interface Panel {
  readonly title: string;
  readonly isLogarithmic: boolean;
  /** A value with its unit, as tooltip and axis have it. */
  readonly text: (value: number) => string;
  readonly lines: readonly PanelLine[];
}

export interface Drawing {
  readonly option: EChartsOption;
  readonly heightPx: number;
}
