/**
 * What a report says of a run, section by section, as tables and sentences. The terminal and the
 * summary in Markdown print the same sections, so that they cannot disagree.
 */
import type { LatencySummary } from "../metrics/latency.ts";
import type { AnyResult, RunResult } from "../run/result.ts";
import { counted, countText } from "../core/counted.ts";
import { activitySection } from "./activity-section.ts";
import { explainSection } from "./explain-section.ts";
import { debtText } from "./debt-text.ts";
import { bytesText, digits, timeText } from "./figures.ts";
import { impactSection } from "./impact-section.ts";
import { generatorSection } from "./generator-section.ts";
import { paceRemarks } from "./pace-remarks.ts";
import { retryRemarks } from "./retry-remarks.ts";
import { ledgerText } from "./ledger-text.ts";
import { emptySection, hasContent, type Section } from "./section.ts";
import { soakSection } from "./soak-section.ts";
import { stagesSection } from "./stages-section.ts";
import { storesSection } from "./stores-section.ts";

/** Only sections that have something to say. */
export function runSections(run: AnyResult): readonly Section[] {
  return Object.values(namedSections(run)).filter(hasContent);
}

/** All of them, in the order of the terminal; those that have nothing to say are empty. */
export function namedSections(run: AnyResult) {
  return {
    latency: latencySection(run),
    stages: run.observer === null ? emptySection : stagesSection(run),
    stores: storesSection(run),
    windows: windowSection(run),
    impact: impactSection(run),
    faults: faultSection(run),
    soak: soakSection(run),
    server: serverSection(run),
    activity: activitySection(run),
    locks: lockSection(run),
    explain: explainSection(run),
    thresholds: thresholdSection(run),
    invariants: invariantSection(run),
    generator: generatorSection(run),
  };
}

const percentiles = ["mean", "p50", "p90", "p95", "p99", "p99_9", "max"] as const;

function times(latency: LatencySummary): string[] {
  return percentiles.map((name) => timeText(latency[name]));
}

function latencySection(run: AnyResult): Section {
  const { late } = run.transactions;
  const rows = Object.entries(run.operations).map(([name, operation]) => [
    name,
    countText(operation.count),
    digits(operation.perSecond),
    ...times(operation.latencyUs),
    countText(operation.failed.count),
  ]);
  const wait = run.concurrency.poolWaitUs;
  const waited = (wait.mean ?? 0) >= 1000;
  return {
    title: "Latency of committed transactions, by operation",
    heading: [
      "operation",
      "count",
      "/s",
      ...percentiles.map((name) => name.replace("_", ".")),
      "failed",
    ],
    rows,
    remarks: [
      ...(waited
        ? [
            `Of it, waiting for a connection: mean ${timeText(wait.mean)}, p50 ${timeText(wait.p50)}, p99 ${timeText(wait.p99)}.`,
          ]
        : []),
      ...(late > 0
        ? [`${countText(late)} of them ended after the measured time, and count in no rate.`]
        : []),
      ...paceRemarks(run),
      ...errorRemarks(run),
      ...retryRemarks(run),
    ],
  };
}

function errorRemarks(run: AnyResult): string[] {
  const { retries, unknown } = run.transactions;
  const errors = errorsOf(run);
  const censored = Object.values(run.operations).reduce((sum, one) => sum + one.censored, 0);
  const neverStarted = run.offered?.neverStarted ?? 0;
  const unstarted = neverStarted > 0 ? ` (${countText(neverStarted)} never started)` : "";
  const { reconnects, reconnectLostUs, sessionsLost } = run.connections;
  return [
    ...(errors.length > 0
      ? [
          `Errors: ${errors.join(", ")}; ${retries === 1 ? "1 retry" : `${countText(retries)} retries`}.`,
        ]
      : []),
    ...(unknown > 0
      ? [
          `${counted(unknown, "transaction")} with an unknown outcome: the connection went during COMMIT.`,
        ]
      : []),
    ...(censored > 0
      ? [
          `${counted(censored, "transaction")} had no end within the run${unstarted}: the latencies have them as if they had ended with it.`,
        ]
      : []),
    ...(reconnects > 0
      ? [`${counted(reconnects, "reconnect")}, ${timeText(reconnectLostUs)} of session time lost.`]
      : []),
    ...(sessionsLost > 0
      ? [`${counted(sessionsLost, "session")} gave up: there was no connection to be had any more.`]
      : []),
  ];
}

/** By code, over all operations, each with the first message that came with it. */
function errorsOf(run: AnyResult): string[] {
  const counts = new Map<string, number>();
  const messages = new Map<string, string>();
  for (const { errors, errorMessages } of Object.values(run.operations)) {
    for (const [code, count] of Object.entries(errors)) {
      counts.set(code, (counts.get(code) ?? 0) + count);
      const message = errorMessages[code];
      if (message !== undefined && !messages.has(code)) messages.set(code, message);
    }
  }
  return [...counts].map(([code, count]) => {
    // A remark is one line; a message may have more.
    const message = messages.get(code)?.replace(/\s+/g, " ");
    return `${code} × ${countText(count)}${message === undefined ? "" : ` (${message})`}`;
  });
}

function windowSection(run: AnyResult): Section {
  return {
    title: "Windows around each fault",
    heading: ["window", "from", "to", "/s", "mean", "p50", "p99", "pool wait mean"],
    rows: run.windows.map((window) => [
      `${window.name} of ${window.fault}`,
      `${digits(window.startMs / 1000)} s`,
      `${digits(window.endMs / 1000)} s`,
      digits(window.perSecond),
      timeText(window.latencyUs.mean),
      timeText(window.latencyUs.p50),
      timeText(window.latencyUs.p99),
      timeText(window.poolWaitUs.mean),
    ]),
    remarks: [],
  };
}

function faultSection(run: AnyResult): Section {
  const remarks = run.faults.flatMap((fault) => {
    const [yes, no] = fault.task ? taskWords : faultWords;
    const effect = fault.effective === true ? yes : no;
    // What a task did stays done: nothing of it is in force any more, that is all.
    const over = fault.task ? "over" : "undone";
    const undone = fault.undone ? over : `NOT ${over.toUpperCase()}: ${fault.undoProblem ?? ""}`;
    const names = run.windows.filter((one) => one.fault === fault.name).map((one) => one.name);
    const missing = (["baseline", "recovery"] as const).filter((name) => !names.includes(name));
    const none = missing.length > 0 ? ` (no ${missing.join(" and no ")} window)` : "";
    const debt = fault.debt === null ? [] : [`${fault.text}: ${debtText(fault.debt)}`];
    return [`${fault.text}: ${effect}, ${undone}. ${fault.evidence}${none}.`, ...debt];
  });
  return { title: "Faults", heading: [], rows: [], remarks };
}

const faultWords = ["took effect", "NOT PROVEN to have taken effect"] as const;
const taskWords = ["done", "NOT DONE"] as const;

function serverSection(run: AnyResult): Section {
  return {
    title: "What the server saw",
    heading: [],
    rows: [],
    remarks: [
      ...(run.observer === null
        ? [
            "Nobody looked at its sessions while they worked, so busy sessions, waits and locks are not known.",
          ]
        : activityRemarks(run)),
      eachTransactionRemark(run),
    ],
  };
}

function activityRemarks({ concurrency, waits }: RunResult): string[] {
  const spread = ({ mean, max }: { mean: number; max: number }) =>
    `${digits(mean)} (at most ${max})`;
  const all = waits.reduce((sum, wait) => sum + wait.samples, 0);
  const top = waits.slice(0, 5).map((wait) => {
    const name = wait.type === null ? "running" : `${wait.type}:${wait.event}`;
    return `${name} ${Math.round((100 * wait.samples) / all)} %`;
  });
  return [
    `${counted(concurrency.connectionsUsed, "connection")} used; busy sessions ${spread(concurrency.busySessions)}, ` +
      `of these active ${spread(concurrency.activeSessions)}, idle in transaction ${spread(concurrency.idleInTransaction)}.`,
    ...(all > 0 ? [`Busy sessions were: ${top.join(", ")}.`] : []),
  ];
}

function eachTransactionRemark({ serverPerTransaction: each }: AnyResult): string {
  return (
    `Per committed transaction: ${bytesText(each.walBytes)} WAL, ${deadRowsText(each)}, ` +
    `${each.buffersHit === null ? "–" : countText(each.buffersHit)} buffers hit, ${each.buffersRead === null ? "–" : digits(each.buffersRead)} read.`
  );
}

function deadRowsText({
  deadTuples,
  walBytes,
}: Pick<AnyResult["serverPerTransaction"], "deadTuples" | "walBytes">): string {
  if (deadTuples !== null) return `${digits(deadTuples)} dead rows`;
  if (walBytes === null) return "– dead rows";
  return "dead rows not known (a table was dropped or made anew meanwhile, or its counts could not be read)";
}

/** As many as a screen takes; run.json has all. */
const edgesMax = 8;

function lockSection(run: AnyResult): Section {
  const { edges, deadlocks } = run.locks;
  const remarks =
    deadlocks !== null && deadlocks > 0
      ? [`The server broke ${counted(deadlocks, "deadlock")}.`]
      : [];
  return {
    title: "Who waited for whom",
    heading: ["blocked", "by", "mode", "relation", "seen"],
    rows: edges
      .slice(0, edgesMax)
      .map((edge) => [edge.blocked, edge.blocker, edge.mode, edge.relation, String(edge.count)]),
    remarks,
  };
}

export function thresholdSection(run: AnyResult): Section {
  return {
    title: "Thresholds",
    heading: ["threshold", "actual", ""],
    rows: run.thresholds.map((threshold) => [
      threshold.expression,
      threshold.actual === null ? "–" : `${digits(threshold.actual)}${threshold.unit ?? ""}`,
      threshold.judged,
    ]),
    remarks: run.thresholds
      .filter(({ note }) => note !== "")
      .map(({ expression, note }) => `${expression}: ${note}.`),
  };
}

export function invariantSection(run: AnyResult): Section {
  return {
    title: "Invariants",
    heading: [],
    rows: [],
    remarks: [
      ...(run.ledger === null ? [] : [`Ledger: ${ledgerText(run.ledger)}.`]),
      ...run.invariants.map(
        (invariant) => `${invariant.name}: ${invariantText(invariant.ok)}. ${invariant.evidence}`,
      ),
    ],
  };
}

function invariantText(ok: boolean | null): string {
  if (ok === null) return "NOT CHECKED";
  return ok ? "holds" : "BROKEN";
}
