/** What `loadgen run` prints: the plan first, a line a second, and the result. */
import type { Plan } from "../core/plan.ts";
import type { RunSample } from "../run/listener.ts";
import type { AnyResult } from "../run/result.ts";
import { counted, countText } from "../core/counted.ts";
import { digits, timeText } from "./figures.ts";
import { planLines } from "./plan-lines.ts";
import { runSections } from "./run-sections.ts";
import { lineText, penFor, sectionText, verdictText } from "./screen.ts";

/** What the text is about beside its figures, and where it is shown. */
interface Shown {
  readonly server: string;
  /** The version of the k6 that drives the sessions; null: the engine is pg. */
  readonly k6: string | null;
  readonly folder: string;
  /** Off where escape codes would end up in a file. */
  readonly colours: boolean;
}

/** The plan, so that a stranger sees what is about to happen and how to repeat it. */
export function planText(plan: Plan, { colours, ...around }: Shown): string {
  const { arrivals } = plan;
  const sessions = counted(plan.sessions, "session");
  const faults = plan.faults.map((fault) => fault.text);
  const lines = planLines({ ...plan, faults }, { ...around, sessions, arrivals });
  const title = penFor(colours).bold(`loadgen run ${plan.scenario}`);
  return [title, ...lines.map(lineText)].join("\n");
}

interface LiveColumn {
  readonly title: string;
  readonly width: number;
  readonly cell: (sample: RunSample) => string;
}

/** Only an open loop has arrivals that wait for a session. */
function liveColumns(isOpenLoop: boolean): readonly LiveColumn[] {
  const waiting: LiveColumn = { title: "waiting", width: 8, cell: (s) => countOrDash(s.waiting) };
  return [
    { title: "time", width: 8, cell: ({ atMs }) => `${Math.round(atMs / 1000)} s` },
    { title: "offered", width: 9, cell: ({ offered }) => `${offered}/s` },
    { title: "achieved", width: 9, cell: ({ achieved }) => `${achieved}/s` },
    ...(isOpenLoop ? [waiting] : []),
    { title: "p50", width: 9, cell: ({ latencyUs }) => timeText(latencyUs.p50) },
    { title: "p99", width: 9, cell: ({ latencyUs }) => timeText(latencyUs.p99) },
    { title: "errors", width: 7, cell: ({ errors }) => String(errors) },
    { title: "busy", width: 5, cell: ({ busySessions }) => countOrDash(busySessions) },
  ];
}

function countOrDash(count: number | null): string {
  return count === null ? "–" : String(count);
}

/** Times below zero are the warm-up's. */
export const liveHeading = headingOf(false);
export const liveHeadingOpenLoop = headingOf(true);

function headingOf(isOpenLoop: boolean): string {
  const titles = liveColumns(isOpenLoop).map(({ title, width }) => title.padStart(width));
  return [...titles, " faults"].join(" ");
}

/** Stands under the heading of its loop. */
export function liveLine(sample: RunSample): string {
  const columns = liveColumns(sample.waiting !== null);
  const cells = columns.map(({ cell, width }) => cell(sample).padStart(width));
  return [...cells, ` ${sample.faults.join(", ")}`].join(" ").trimEnd();
}

export function resultText(
  result: AnyResult,
  { folder, colours }: Pick<Shown, "folder" | "colours">,
): string {
  const pen = penFor(colours);
  return [
    ...runSections(result).map((section) => sectionText(section, pen)),
    verdictText(result.verdict, pen),
    ...(result.keptDatabase === null ? [] : [`  kept the database ${result.keptDatabase}`]),
    `  ${countText(result.transactions.committed)} committed, ${digits(result.transactions.perSecond)} a second; decisions ${result.digest.decisions.slice(0, 19)}…`,
    result.observer === null
      ? `  report ${folder}`
      : `  report ${folder}; again: loadgen run ${result.plan.scenario} --repeat ${folder}`,
    `  page ${folder}/report.html`,
  ].join("\n");
}
