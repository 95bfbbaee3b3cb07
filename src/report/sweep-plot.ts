/** The plot of a sweep, as SVG. What draws it is larger than all the rest, so only who plots loads it. */
import type { SweepResult } from "../sweep/result.ts";
import { plotOf } from "./plot-option.ts";

/** The same text for the same result. */
export async function sweepPlot(result: SweepResult): Promise<string> {
  const { drawn } = await import("./plot-drawing.ts");
  return drawn(plotOf(result));
}
