/** What a crew of threads and its threads say to one another: calls, answers, and failures as plain data. */
import { Failure, type FailureKind } from "../../core/failure.ts";
import type { Phase } from "../../core/random.ts";
import type { Context } from "../../core/scenario.ts";
import type { Plan } from "../../core/plan.ts";
import { Histogram, type HistogramParts } from "../../metrics/histogram.ts";
import type { TallyParts } from "../../metrics/tally-parts.ts";
import type { AddressParts } from "../../server/address.ts";
import { ServerError } from "../../server/connection.ts";
import type { CrewReport } from "../crew.ts";
import type { Dialect } from "../dialect.ts";
import type { ThreadHealth } from "../thread-health.ts";

/** What a thread is started with. */
export interface ThreadSetting {
  readonly plan: Plan;
  readonly context: Context;
  readonly address: AddressParts;
  readonly dialect: Dialect;
  readonly sessions: readonly number[];
  /** Of the next arrival, by phase, shared by all threads. */
  readonly nextNumbers: Readonly<Record<Phase, Int32Array>>;
  readonly accountsForLeftOver: boolean;
}

/** Each call with what it takes and gives. */
export interface Calls {
  readonly prepare: { readonly takes: null; readonly gives: null };
  readonly open: { readonly takes: null; readonly gives: null };
  /** Takes when the measured time begins, on the shared clock. */
  readonly drive: { readonly takes: number; readonly gives: null };
  readonly beginMeasuring: { readonly takes: null; readonly gives: null };
  readonly endMeasuring: { readonly takes: null; readonly gives: readonly HealthParts[] };
  readonly take: { readonly takes: Phase; readonly gives: readonly TallyParts<HistogramParts>[] };
  readonly stop: { readonly takes: null; readonly gives: null };
  readonly abandon: { readonly takes: null; readonly gives: null };
  readonly finish: { readonly takes: number; readonly gives: CrewReport };
  readonly close: { readonly takes: null; readonly gives: null };
}

export type CallName = keyof Calls;

export interface CallMessage {
  readonly id: number;
  readonly name: CallName;
  readonly argument: unknown;
}

export type AnswerMessage =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly failure: FailureParts };

export type FailureParts =
  | {
      readonly kind: "failure";
      readonly of: FailureKind;
      readonly code: string;
      readonly message: string;
      readonly committing: boolean;
    }
  | { readonly kind: "server"; readonly code: string; readonly message: string }
  | { readonly kind: "bug"; readonly message: string; readonly stack: string };

export function failureParts(error: unknown): FailureParts {
  if (error instanceof Failure) {
    const { kind, code, message, committing } = error;
    return { kind: "failure", of: kind, code, message, committing };
  }
  if (error instanceof ServerError) {
    return { kind: "server", code: error.code, message: error.message };
  }
  const bug = error instanceof Error ? error : new Error(String(error));
  return { kind: "bug", message: bug.message, stack: bug.stack ?? bug.message };
}

export function errorFrom(parts: FailureParts): Error {
  switch (parts.kind) {
    case "failure":
      return new Failure(parts.of, parts.code, parts.message, parts.committing);
    case "server":
      return new ServerError(parts.message, parts.code);
    case "bug": {
      const error = new Error(parts.message);
      // Where it happened, in that thread, is what its reader needs.
      error.stack = parts.stack;
      return error;
    }
  }
}

type HealthHistogram = "loopLag" | "ownLag" | "gcPauses";

export type HealthParts = Omit<ThreadHealth, HealthHistogram> & {
  readonly loopLag: HistogramParts;
  readonly ownLag: HistogramParts | null;
  readonly gcPauses: HistogramParts;
};

export function healthParts(health: ThreadHealth): HealthParts {
  return {
    ...health,
    loopLag: health.loopLag.toParts(),
    ownLag: health.ownLag?.toParts() ?? null,
    gcPauses: health.gcPauses.toParts(),
  };
}

export function healthFrom(parts: HealthParts): ThreadHealth {
  return {
    ...parts,
    loopLag: Histogram.fromParts(parts.loopLag),
    ownLag: parts.ownLag && Histogram.fromParts(parts.ownLag),
    gcPauses: Histogram.fromParts(parts.gcPauses),
  };
}
