/** What `loadgen sweep` prints: the plan with its length first, a line a run, and the answer. */
import { counted } from "../core/counted.ts";
import type { Ran } from "../sweep/campaign.ts";
import type { SweepResult, SweptPlan } from "../sweep/result.ts";
import { digits, lengthText, timeText } from "./figures.ts";
import { planLines } from "./plan-lines.ts";
import {
  fitted,
  type Pen,
  penFor,
  sectionText,
  wrappedLineText,
  wrappedVerdictText,
} from "./screen.ts";
import { hasContent, type Line } from "./section.ts";
import { answerLines } from "./sweep-answer.ts";
import { fixesSection, notesSection, stepsSection } from "./sweep-sections.ts";
import { throughputChart } from "./throughput-chart.ts";

/** Where it is shown. */
interface Shown {
  readonly folder: string;
  /** Off where escape codes would end up in a file. */
  readonly colours: boolean;
}

/** How long a sweep is going to take. */
export interface SweepLength {
  /** That are sure to come. */
  readonly runs: number;
  /** At most so many more: around the knee, to relieve what seems to limit, and for the fixes. */
  readonly extraRunsMax: number;
  /** Of one run, what comes before and after the measured time included; null: a run has no set length. */
  readonly runMs: number | null;
}

/** The plan, its length first: nobody shall wait without knowing for how long. */
export function sweepPlanText(
  plan: SweptPlan,
  {
    colours,
    length,
    ...around
  }: Shown &
    Pick<Parameters<typeof planLines>[1], "server" | "k6"> & { readonly length: SweepLength },
): string {
  const sessions = `${plan.counts.join(", ")} sessions`;
  const order = `${counted(plan.counts.length, "count")} × ${counted(plan.repeats, "repeat")}, each round in an order shuffled by the seed`;
  const lines: Line[] = [
    ["takes", takesText(length)],
    ["runs", order],
    ...planLines(plan, { ...around, sessions, arrivals: null }),
  ];
  const title = penFor(colours).bold(`loadgen sweep ${plan.scenario}`);
  return [title, ...lines.map(wrappedLineText)].join("\n");
}

function takesText({ runs, extraRunsMax, runMs }: SweepLength): string {
  const isMore = extraRunsMax > 0;
  const more = isMore
    ? `, and up to ${extraRunsMax} more around the knee and to show what limits`
    : "";
  if (runMs === null) return `nobody knows how long: ${counted(runs, "run")}${more}`;
  const most = isMore ? ` (${lengthText((runs + extraRunsMax) * runMs)} in all)` : "";
  const each = `${counted(runs, "run")} of ${digits(runMs / 1000)} s`;
  return `about ${lengthText(runs * runMs)}: ${each}${more}${most}`;
}

/** One line of a run that ended. `count`: from 1; `planned`: how many were sure to come. */
export function sweepLiveLine(
  { plan, seen, result, purpose }: Pick<Ran, "plan" | "seen" | "result" | "purpose">,
  { count, planned }: { readonly count: number; readonly planned: number },
): string {
  const { transactions, concurrency, verdict } = result;
  const sessions = counted(plan.sessions, "session");
  const what = purpose === sessions ? sessions : `${sessions}, ${purpose}`;
  const figures = [
    `${digits(seen.perSecond)}/s`,
    `p50 ${timeText(transactions.latencyUs.p50)}`,
    `busy ${concurrency.busySessions.mean.toFixed(1)}`,
    ...(verdict.exitCode === 0
      ? []
      : [`exit code ${verdict.exitCode}: ${verdict.reasons[0] ?? ""}`]),
  ];
  const run = count <= planned ? `run ${count} of ${planned}` : `run ${count}`;
  return `${run}: ${what}: ${figures.join(", ")}`;
}

/** One screen. */
export function sweepText(result: SweepResult, { folder, colours }: Shown): string {
  const pen = penFor(colours);
  const { steps, knee, verdict } = result;
  const sections = [fixesSection(result), notesSection(result)].filter(hasContent);
  return [
    sectionText(fitted(stepsSection(result)), pen),
    ...chartText(throughputChart(steps, knee), pen),
    pen.bold("The answer"),
    ...answerLines(result).map(wrappedLineText),
    "",
    ...sections.map((section) => sectionText(fitted(section), pen)),
    wrappedVerdictText(verdict, pen),
    `  report ${folder}`,
  ].join("\n");
}

function chartText(lines: readonly string[], pen: Pen): string[] {
  if (lines.length === 0) return [];
  return [
    pen.bold("Committed transactions a second, by sessions"),
    ...lines.map((line) => `  ${line}`),
    "",
  ];
}
