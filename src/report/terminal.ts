/** What `loadgen run` prints: the plan first, a line a second, and the result. */
import pc from "picocolors";
import type { Plan } from "../core/plan.ts";
import type { Verdict } from "../core/verdict.ts";
import type { RunSample } from "../run/listener.ts";
import type { RunResult } from "../run/result.ts";
import { counted, countText } from "../core/counted.ts";
import { columns, digits, timeText } from "./figures.ts";
import { runSections } from "./run-sections.ts";
import type { Section } from "./section.ts";

/** What the text is about beside its figures, and where it is shown. */
interface Shown {
  readonly server: string;
  readonly folder: string;
  /** Off where escape codes would end up in a file. */
  readonly colours: boolean;
}

/** The plan, so that a stranger sees what is about to happen and how to repeat it. */
export function planText(plan: Plan, { server, folder, colours }: Shown): string {
  const load = [
    counted(plan.sessions, "session"),
    ...paceTexts(plan),
    ...(plan.holdMs > 0 ? [`hold ${plan.holdMs} ms`] : []),
    ...(plan.workers === 1 ? [] : [`${plan.workers} threads`]),
    ...(plan.driver === "lean" ? [] : [`driver ${plan.driver}`]),
    ...(plan.poolMax === null ? [] : [`a pool of ${plan.poolMax} connections`]),
    plan.isolation,
  ];
  const length =
    plan.durationMs === null
      ? `${counted(plan.transactionsPerSession ?? 0, "transaction")} a session`
      : `${plan.durationMs / 1000} s measured`;
  const fixture = Object.entries(plan.fixture ?? {}).map(
    ([name, value]) => `${inWords(name)} ${countText(value)}`,
  );
  const options = Object.entries(plan.options).map(
    ([name, value]) => `${name} ${JSON.stringify(value)}`,
  );
  const lines = [
    ["load", load.join(", ")],
    ["time", `${plan.warmupMs / 1000} s warm-up, then ${length}`],
    ["data", plan.existing ? "the database as it is" : dataText(plan, fixture)],
    ["server", server],
    ...(options.length > 0 ? [["options", options.join(", ")]] : []),
    ["faults", plan.faults.map((fault) => fault.text).join(", ") || "none"],
    [
      "thresholds",
      plan.thresholds.map((one) => `${one.metric}: ${one.expression}`).join("; ") || "none",
    ],
    ["seed", String(plan.seed)],
    ["report", folder],
  ];
  return [
    pc.createColors(colours).bold(`loadgen run ${plan.scenario}`),
    ...lines.map(([name = "", text = ""]) => `  ${name.padEnd(11)} ${text}`),
  ].join("\n");
}

/** `averageReferences` as people read it. */
function inWords(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function paceTexts({ rate, arrivals, thinkMs }: Plan): string[] {
  if (rate === null || arrivals === null) return ["closed loop", thinkText(thinkMs)];
  const { rateAtEnd, distribution } = arrivals;
  const offered = rateAtEnd === rate ? String(rate) : `${rate} to ${rateAtEnd}`;
  return ["open loop", `${offered} transactions a second (${distribution} arrivals)`];
}

function thinkText([minMs, maxMs]: readonly [number, number]): string {
  return maxMs === 0 ? "no think time" : `think ${minMs} to ${maxMs} ms`;
}

function dataText(plan: Plan, fixture: readonly string[]): string {
  if (plan.system === null) return "an empty database";
  return `system ${plan.system}, variant ${plan.variant ?? ""} (${fixture.join(", ")})`;
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

export function resultText(result: RunResult, { folder, colours }: Omit<Shown, "server">): string {
  const pen = pc.createColors(colours);
  return [
    ...runSections(result).map((section) => sectionText(section, pen)),
    verdictText(result.verdict, pen),
    ...(result.keptDatabase === null ? [] : [`  kept the database ${result.keptDatabase}`]),
    `  ${countText(result.transactions.committed)} committed, ${digits(result.transactions.perSecond)} a second; decisions ${result.digest.decisions.slice(0, 19)}…`,
    `  report ${folder}; again: loadgen run ${result.plan.scenario} --repeat ${folder}`,
  ].join("\n");
}

type Pen = ReturnType<typeof pc.createColors>;

function sectionText({ title, heading, rows, remarks }: Section, pen: Pen): string {
  const table = rows.length > 0 ? indented(columns(heading, rows)) : [];
  return [pen.bold(title), ...table, ...remarks.flatMap(indented), ""].join("\n");
}

function indented(text: string): string[] {
  return text.split("\n").map((line) => `  ${line}`);
}

function verdictText({ status, exitCode, reasons }: Verdict, pen: Pen): string {
  const { green: pass, red: fail, magenta: invalid, yellow: unknown } = pen;
  const colour = { pass, fail, invalid, unknown }[status];
  const [first = "", ...others] = reasons;
  return [
    `${colour(pen.bold(status.toUpperCase()))} (exit code ${exitCode}): ${first}`,
    ...others.map((reason) => `  and ${reason}`),
  ].join("\n");
}
