/** What `loadgen run` with --against or --variants prints as it goes: what is compared and how long it takes, and a line a run. */
import { counted } from "../core/counted.ts";
import type { SideRun } from "../compare/rounds.ts";
import type { Plan } from "../core/plan.ts";
import { figuresOf, primaryFigure } from "../run/figures.ts";
import { digits, lengthText, timeText } from "./figures.ts";
import { planLines } from "./plan-lines.ts";
import { penFor, wrappedLineText } from "./screen.ts";
import type { Line } from "./section.ts";

interface Shown {
  readonly server: string;
  /** The version of the k6 that drives the sessions; null: the engine is pg. */
  readonly k6: string | null;
  readonly folder: string;
  /** Off where escape codes would end up in a file. */
  readonly colours: boolean;
  /** How many runs are sure to come. */
  readonly runs: number;
  /** Of one run, what comes before and after the measured time included; null: a run has no set length. */
  readonly runMs: number | null;
}

/** Beside the plan of one of them. */
interface Compared {
  /** By which option of `loadgen run`, such as "--against". */
  readonly option: string;
  /** Who is compared with whom, in a sentence. */
  readonly compares: string;
  /** What runs once in each round, such as "both sides". */
  readonly all: string;
  readonly rounds: number;
}

/** What is compared, and how long that takes, comes before the plan. */
export function roundsPlanText(
  plan: Plan,
  { option, compares, all, rounds }: Compared,
  { colours, runs, runMs, ...around }: Shown,
): string {
  const sessions = counted(plan.sessions, "session");
  const faults = plan.faults.map(({ text }) => text);
  const lines: Line[] = [
    ["takes", takesText(runs, runMs)],
    ["compares", compares],
    ["runs", `${counted(rounds, "round")}, ${all} once in each, in an order drawn from the seed`],
    ...planLines({ ...plan, faults }, { ...around, sessions, arrivals: plan.arrivals }),
  ];
  const title = penFor(colours).bold(`loadgen run ${plan.scenario} ${option}`);
  return [title, ...lines.map(wrappedLineText)].join("\n");
}

function takesText(runs: number, runMs: number | null): string {
  if (runMs === null) return `nobody knows how long: ${counted(runs, "run")}`;
  return `about ${lengthText(runs * runMs)}: ${counted(runs, "run")} of ${digits(runMs / 1000)} s`;
}

/** One line of a run that ended. `count`: from 1; `planned`: how many were sure to come. */
export function roundsLiveLine(
  { purpose, plan, result }: SideRun<string>,
  { count, planned }: { readonly count: number; readonly planned: number },
): string {
  const { verdict, transactions } = result;
  const primary = primaryFigure(plan.rate);
  const value = figuresOf(result)[primary];
  const figures = [
    `${digits(transactions.perSecond)}/s`,
    // Of an open loop throughput is what was offered.
    ...(primary === "throughput" ? [] : [`${primary} ${timeText(value)}`]),
    ...(verdict.exitCode === 0
      ? []
      : [`exit code ${verdict.exitCode}: ${verdict.reasons[0] ?? ""}`]),
  ];
  return `run ${count}${count <= planned ? ` of ${planned}` : ""}: ${purpose}: ${figures.join(", ")}`;
}
