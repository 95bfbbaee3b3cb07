/** What a plan says before anything begins, line by line: that of a run and that of a sweep alike. */
import { counted, countText } from "../core/counted.ts";
import type { PlannedArrivals, Plan } from "../core/plan.ts";
import type { Line } from "./section.ts";

/** What the plans of a run and of a sweep have in common. */
type CommonPlan = Omit<Plan, "sessions" | "faults" | "arrivals"> & {
  /** As written. */
  readonly faults: readonly string[];
};

interface Around {
  /** How many there are, in words. */
  readonly sessions: string;
  /** Null where the loop is closed, or the plan does not tell how its arrivals are spread. */
  readonly arrivals: Pick<PlannedArrivals, "rateAtEnd" | "distribution"> | null;
  readonly server: string;
  /** The version of the k6 that drives the sessions; null: the engine is pg. */
  readonly k6: string | null;
  readonly folder: string;
}

/** What is not in the plan itself. */
export type PlanAround = Pick<Around, "server" | "k6" | "folder">;

/** Of one run. */
export function runPlanLines(plan: Plan, around: PlanAround): readonly Line[] {
  const { arrivals } = plan;
  const sessions = counted(plan.sessions, "session");
  const faults = plan.faults.map((fault) => fault.text);
  return planLines({ ...plan, faults }, { ...around, sessions, arrivals });
}

export function planLines(plan: CommonPlan, around: Around): readonly Line[] {
  const options = Object.entries(plan.options).map(
    ([name, value]) => `${name} ${JSON.stringify(value)}`,
  );
  const thresholds = plan.thresholds.map((one) => `${one.metric}: ${one.expression}`);
  return [
    ["load", loadText(plan, around)],
    ...(around.k6 === null ? [] : [["engine", `k6 (${around.k6})`] as const]),
    ["time", `${plan.warmupMs / 1000} s warm-up, then ${measuredText(plan)}`],
    ["data", dataText(plan)],
    ["server", around.server],
    ...(options.length > 0 ? [["options", options.join(", ")] as const] : []),
    ["faults", plan.faults.join(", ") || "none"],
    ["thresholds", thresholds.join("; ") || "none"],
    ["seed", String(plan.seed)],
    ["report", around.folder],
  ];
}

function loadText(plan: CommonPlan, { sessions, arrivals }: Around): string {
  const { holdMs, workers, driver, poolMax, driverSockets: sockets } = plan;
  return [
    sessions,
    ...paceTexts(plan, arrivals),
    ...(holdMs > 0 ? [`hold ${holdMs} ms`] : []),
    ...(workers === 1 ? [] : [`${workers} threads`]),
    ...(driver === "lean" ? [] : [`driver ${driver}`]),
    ...(poolMax === null ? [] : [`a pool of ${poolMax} connections`]),
    ...(sockets === null
      ? []
      : [
          `${counted(sockets.count, "socket")} inside the driver (${sockets.overheadMs} ms of its own each time)`,
        ]),
    plan.isolation,
    ...(plan.ledger ? ["with a ledger"] : []),
  ].join(", ");
}

function paceTexts({ rate, thinkMs }: CommonPlan, arrivals: Around["arrivals"]): string[] {
  if (rate === null) return ["closed loop", thinkText(thinkMs)];
  const { rateAtEnd, distribution } = arrivals ?? { rateAtEnd: rate, distribution: null };
  const offered = rateAtEnd === rate ? String(rate) : `${rate} to ${rateAtEnd}`;
  const spread = distribution === null ? "" : ` (${distribution} arrivals)`;
  return ["open loop", `${offered} transactions a second${spread}`];
}

function thinkText([minMs, maxMs]: readonly [number, number]): string {
  return maxMs === 0 ? "no think time" : `think ${minMs} to ${maxMs} ms`;
}

/** How long one run measures. */
function measuredText({ durationMs, transactionsPerSession }: CommonPlan): string {
  return durationMs === null
    ? `${counted(transactionsPerSession ?? 0, "transaction")} a session`
    : `${durationMs / 1000} s measured`;
}

function dataText(plan: CommonPlan): string {
  if (plan.existing) return ["the database as it is", ...strategyTexts(plan)].join(", ");
  if (plan.system === null) return "an empty database";
  const fixture = Object.entries(plan.fixture ?? {}).map(
    ([name, value]) => `${inWords(name)} ${countText(value)}`,
  );
  const own = plan.payloads === null ? "" : `, payloads of ${plan.payloads.path}`;
  const files = plan.fixtureFiles === null ? "" : ` from the files in ${plan.fixtureFiles.folder}`;
  return `system ${plan.system}, variant ${plan.variant ?? ""} (${fixture.join(", ")})${files}${own}`;
}

/** Nothing else tells them where no variant need be named. */
function strategyTexts({ strategies }: CommonPlan): readonly string[] {
  return Object.entries(strategies).map(([name, value]) => `${name}=${value}`);
}

/** `averageReferences` as people read it. */
function inWords(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
