/** What `loadgen run` prints: the plan first, a line a second, and the result. */
import pc from "picocolors";
import type { Plan } from "../core/plan.ts";
import type { Verdict } from "../core/verdict.ts";
import type { RunSample } from "../run/listener.ts";
import type { RunResult } from "../run/result.ts";
import { counted, countText } from "../core/counted.ts";
import { columns, digits, timeText } from "./figures.ts";
import { runSections, type Section } from "./run-sections.ts";

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
    "closed loop",
    thinkText(plan.thinkMs),
    ...(plan.holdMs > 0 ? [`hold ${plan.holdMs} ms`] : []),
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

function thinkText([minMs, maxMs]: readonly [number, number]): string {
  return maxMs === 0 ? "no think time" : `think ${minMs} to ${maxMs} ms`;
}

function dataText(plan: Plan, fixture: readonly string[]): string {
  if (plan.system === null) return "an empty database";
  return `system ${plan.system}, variant ${plan.variant ?? ""} (${fixture.join(", ")})`;
}

/** Times below zero are the warm-up's. */
export const liveHeading = "    time   offered  achieved       p50       p99  errors  busy  faults";

export function liveLine(sample: RunSample): string {
  const time = `${Math.round(sample.atMs / 1000)} s`;
  return [
    time.padStart(8),
    `${sample.offered}/s`.padStart(9),
    `${sample.achieved}/s`.padStart(9),
    timeText(sample.latencyUs.p50).padStart(9),
    timeText(sample.latencyUs.p99).padStart(9),
    String(sample.errors).padStart(7),
    (sample.busySessions === null ? "–" : String(sample.busySessions)).padStart(5),
    ` ${sample.faults.join(", ")}`,
  ]
    .join(" ")
    .trimEnd();
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
