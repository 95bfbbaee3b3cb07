/** What tests of open loops expect of a plan, and what came of it. */
import { hash } from "node:crypto";
import { ArrivalSchedule } from "../../src/core/arrivals.ts";
import { decisionText, Digest } from "../../src/core/digest.ts";
import type { Plan } from "../../src/core/plan.ts";
import { type Phase, transactionStream } from "../../src/core/random.ts";
import type { Planned } from "../../src/core/scenario.ts";
import { finishedOf } from "../../src/metrics/operation-tally.ts";
import type { Measured } from "../../src/run/measure.ts";
import { ledgerScenario } from "../helpers/ledger.ts";
import { contextOf } from "../helpers/plan.ts";

/** What became of all arrivals of the measured time. */
export function accountOf({ timeline: { totals }, offered }: Measured) {
  return {
    due: offered?.due,
    started: totals.started,
    neverStarted: totals.sum((operation) => operation.neverStarted),
    finished: totals.sum(finishedOf),
    censored: totals.sum((operation) => operation.censored.count),
  };
}

/** How many of a plan's arrivals are due by a time, or at all. */
export function dueIn(plan: Plan, phase: Phase = "measured", byMs = 3_600_000): number {
  return new ArrivalSchedule(plan, phase).dueBy(byMs);
}

/** What the first arrivals decide. */
export function plannedOf(plan: Plan, phase: Phase, count: number): readonly Planned[] {
  return Array.from({ length: count }, (_, number) =>
    ledgerScenario().draw(
      transactionStream(plan.seed, phase, "arrival", number),
      undefined,
      contextOf(plan),
      0,
    ),
  );
}

/** The digest of the measured time, up to so many arrivals. */
export function digestOf(plan: Plan, count: number): string {
  const digest = new Digest();
  plannedOf(plan, "measured", count).forEach((planned, number) =>
    digest.add(hash("sha256", decisionText("arrival", number, planned), "binary")),
  );
  return digest.toString();
}
