/** Sweeps of a model, for tests. */
import type { Ran } from "../../src/sweep/campaign.ts";
import type { SweepRequest } from "../../src/sweep/findings.ts";
import { planWith } from "../helpers/plan.ts";
import { type Model, performing } from "./model.ts";

export const counts = [1, 2, 4, 6, 8, 12, 24];

/** Of a pool of six; what differs is given. `ran` collects the runs. */
export function requestFor(
  model: Model,
  given: Partial<SweepRequest> = {},
  ran: Ran[] = [],
): SweepRequest {
  return {
    plan: planWith({ poolMax: 6, durationMs: 1000, transactionsPerSession: null }),
    counts,
    repeats: 2,
    fixes: [],
    perform: performing(model),
    interrupted: new AbortController().signal,
    onRan: (one) => ran.push(one),
    onPhase: () => undefined,
    ...given,
  };
}
