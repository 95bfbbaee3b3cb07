/** What of a sweep is drawn: a page carries no more of it. */
import type { SweepResult, SweepStep } from "../sweep/result.ts";

export interface PlottedStep extends Pick<
  SweepStep,
  "sessions" | "perSecond" | "low" | "high" | "backendsMax" | "parts"
> {
  readonly runs: readonly Pick<SweepStep["runs"][number], "perSecond">[];
  readonly busySessions: Pick<SweepStep["busySessions"], "mean">;
  readonly activeSessions: Pick<SweepStep["activeSessions"], "mean">;
}

export interface Plotted extends Pick<SweepResult, "knee" | "usl"> {
  readonly steps: readonly PlottedStep[];
}

export function plottedOf({ knee, usl, steps }: SweepResult): Plotted {
  return {
    knee,
    usl,
    steps: steps.map((step) => ({
      sessions: step.sessions,
      perSecond: step.perSecond,
      low: step.low,
      high: step.high,
      backendsMax: step.backendsMax,
      parts: step.parts,
      runs: step.runs.map(({ perSecond }) => ({ perSecond })),
      busySessions: { mean: step.busySessions.mean },
      activeSessions: { mean: step.activeSessions.mean },
    })),
  };
}
