/** What a report says of the times of operations, and of what failed. */
import { counted, countText } from "../core/counted.ts";
import type { LatencySummary } from "../metrics/latency.ts";
import type { AnyResult } from "../run/result.ts";
import { digits, timeText } from "./figures.ts";
import { paceRemarks } from "./pace-remarks.ts";
import { retryRemarks } from "./retry-remarks.ts";
import type { Section } from "./section.ts";

const percentiles = ["mean", "p50", "p90", "p95", "p99", "p99_9", "max"] as const;

function times(latency: LatencySummary): string[] {
  return percentiles.map((name) => timeText(latency[name]));
}

export function latencySection(run: AnyResult): Section {
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
