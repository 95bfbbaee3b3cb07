/** Judges conditions by what was measured, each reading by itself, and tells the gravest. Pure. */
import type { Reading } from "./portion.ts";
import type { Condition } from "./threshold-condition.ts";

/** `not-compared`: measured, but by a run whose latencies only tell how long it was. */
export type Judged = "pass" | "fail" | "no-data" | "unknown" | "not-compared";

/** What a threshold came to. */
export interface Outcome {
  /** In the condition's unit; null where there is nothing to tell. */
  readonly actual: number | null;
  readonly judged: Judged;
  /** What is not well, to follow the expression; empty if nothing is. */
  readonly problem: string;
  readonly note: string;
}

/** `where`: of a stretch of the run, such as ` from 12 s to 22 s`; else empty. */
export interface PlacedReading {
  readonly where: string;
  readonly reading: Reading;
}

/** `baseline`: what a relative condition is held against; else null. Of none there is no data. */
export function measuredOutcome(
  readings: readonly PlacedReading[],
  condition: Condition,
  baseline: Reading | null,
): Outcome {
  const [gravest] = readings
    .map((placed) => ({ ...placed, judged: judgedOf(placed.reading, condition, baseline) }))
    .sort((one, other) => compared(one, other, condition));
  if (gravest !== undefined) return outcomeOf(gravest, condition, baseline);
  const { anySeconds } = condition;
  return noData(
    anySeconds === null ? nothingProblem : `: there were no full ${anySeconds} s to judge it by`,
  );
}

const nothingProblem = ": nothing was measured to judge it by";

function noData(problem: string): Outcome {
  return { actual: null, judged: "no-data", problem, note: "" };
}

type JudgedReading = PlacedReading & { readonly judged: Judged };

/** The gravest first. */
export const gravity: readonly Judged[] = ["fail", "no-data", "unknown", "pass", "not-compared"];

/** Of two that are equally grave, the one that is further off comes first. */
function compared(one: JudgedReading, other: JudgedReading, { operator }: Condition): number {
  const graver = gravity.indexOf(one.judged) - gravity.indexOf(other.judged);
  if (graver !== 0 || one.reading.kind !== "value" || other.reading.kind !== "value") return graver;
  const more = other.reading.value - one.reading.value;
  if (operator === "<" || operator === "<=") return more;
  return operator === ">" || operator === ">=" ? -more : 0;
}

function judgedOf(reading: Reading, condition: Condition, baseline: Reading | null): Judged {
  if (reading.kind === "nothing" || baseline?.kind === "nothing") return "no-data";
  if (reading.kind === "too-few" || baseline?.kind === "too-few") return "unknown";
  if (baseline !== null && saysNothing(baseline.value, condition)) return "no-data";
  const limit = baseline === null ? condition.limit : multipleOf(condition.limit, baseline.value);
  return holds(reading.value, { ...condition, limit }) ? "pass" : "fail";
}

/** At least a multiple of nothing is whatever there is: a baseline that did nothing would pass anything. */
function saysNothing(baseline: number, { operator }: Condition): boolean {
  return baseline === 0 && (operator === ">" || operator === ">=");
}

/** The product may be a rounding error off the number that is meant (0.75 × 0.4). */
function multipleOf(factor: number, value: number): number {
  return Number((factor * value).toPrecision(12));
}

function holds(actual: number, { operator, limit }: Condition): boolean {
  switch (operator) {
    case "<":
      return actual < limit;
    case "<=":
      return actual <= limit;
    case ">":
      return actual > limit;
    case ">=":
      return actual >= limit;
    case "==":
      return actual === limit;
    case "!=":
      return actual !== limit;
  }
}

function outcomeOf(
  { reading, where, judged }: JudgedReading,
  { unit, anySeconds }: Condition,
  baseline: Reading | null,
): Outcome {
  if (reading.kind === "nothing") return noData(nothingProblem + where);
  if (baseline?.kind === "nothing") {
    return noData(": nothing was measured in the baseline to compare it with");
  }
  if (reading.kind === "too-few") return unknown(reading, where);
  if (baseline?.kind === "too-few") return unknown(baseline, " in the baseline");
  if (judged === "no-data") return noData(": the baseline had none, of which there is no multiple");
  const actual = reading.value;
  const beside = baseline === null ? "" : besideText(actual, baseline.value, unit ?? "");
  if (judged === "fail") {
    const tail = beside === "" ? "" : `, ${beside}`;
    const problem = ` does not hold: it was ${shown(actual)}${unit ?? ""}${where}${tail}`;
    return { actual, judged, problem, note: "" };
  }
  const worst = anySeconds === null ? "" : `the worst was${where}`;
  const note = [worst, beside].filter((text) => text !== "").join(", ");
  return { actual, judged, problem: "", note };
}

function unknown({ count, needed }: Reading & { kind: "too-few" }, where: string): Outcome {
  const problem = ` cannot be told from ${count} transactions${where}: it takes ${needed}`;
  return { actual: null, judged: "unknown", problem, note: "" };
}

/** Of nothing there is no multiple. */
function besideText(actual: number, baseline: number, unit: string): string {
  const figure = `the baseline's ${shown(baseline)}${unit}`;
  return baseline === 0 ? `beside ${figure}` : `${ratioText(actual / baseline)} times ${figure}`;
}

function ratioText(ratio: number): string {
  return String(Number(ratio.toPrecision(3)));
}

/** To six digits: enough to see by how much a limit was missed. */
function shown(value: number): string {
  return String(Number(value.toPrecision(6)));
}
