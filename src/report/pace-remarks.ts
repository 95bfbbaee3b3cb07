/** What the latencies of a run show by the way its transactions came, and what they do not. */
import { counted, countText } from "../core/counted.ts";
import type { AnyResult, RunResult } from "../run/result.ts";
import { digits, timeText } from "./figures.ts";

export function paceRemarks({ offered, plan, steadiness }: AnyResult): string[] {
  const loop = offered === null ? [closedLoopRemark] : openLoopRemarks(offered, plan);
  return [...loop, steadinessRemark(steadiness)];
}

/** Coordinated omission, as its readers meet it. */
const closedLoopRemark =
  "Closed loop: a session that waits sends nothing, so a stall shows as one slow transaction a session, " +
  "and those that would have come meanwhile are missing from the tail; --rate has them.";

function openLoopRemarks(
  offered: NonNullable<RunResult["offered"]>,
  { rate, arrivals }: AnyResult["plan"],
): string[] {
  const { due, perSecond, queueWaitUs: wait, waitingMax } = offered;
  const pace =
    arrivals === null || arrivals.rateAtEnd === rate
      ? `${digits(perSecond)} a second`
      : `from ${rate} to ${arrivals.rateAtEnd} a second`;
  const spread = arrivals?.distribution === "constant" ? "evenly" : "at random (Poisson)";
  const hasWaited = waitingMax > 0 || (wait.mean ?? 0) >= 1000;
  return [
    `Open loop: ${counted(due, "arrival")} due, ${pace}, spread ${spread}; latency runs from when each was due.`,
    ...(hasWaited
      ? [
          `Of it, waiting for a free session: mean ${timeText(wait.mean)}, p50 ${timeText(wait.p50)}, p99 ${timeText(wait.p99)}; ` +
            `at most ${countText(waitingMax)} waited at the end of a second.`,
        ]
      : []),
  ];
}

function steadinessRemark(steadiness: RunResult["steadiness"]): string {
  switch (steadiness.kind) {
    case "not-judged":
      return `Whether it was steady was not judged: ${steadiness.why}.`;
    case "too-short":
      return `Whether it was steady cannot be told from ${counted(steadiness.count, "second")}: it takes ${steadiness.needed}.`;
    case "steady":
      return Math.abs(steadiness.change) < remarkableChange
        ? `Steady: the ${steadiness.figure} shows no drift over the measured time.`
        : `No clear drift: the ${changeText(steadiness)}, which chance may explain (p ${digits(steadiness.p)}).`;
    case "drifting":
      return `NOT STEADY: the ${changeText(steadiness)}, so these figures describe no one state; a longer --warmup may help.`;
  }
}

/** Less is no drift to anybody; more, and no drift all the same, is to be told. */
const remarkableChange = 0.1;

function changeText({ figure, change }: { readonly figure: string; readonly change: number }) {
  const percent = `${Math.abs(Math.round(change * 100))} %`;
  return `${figure} ${change < 0 ? "fell" : "rose"} by about ${percent} over the measured time`;
}
