/** What a report says of the sessions as the server saw them, and of what a transaction cost it. */
import { counted, countText } from "../core/counted.ts";
import type { AnyResult, RunResult } from "../run/result.ts";
import { bytesText, digits } from "./figures.ts";
import type { Section } from "./section.ts";

export function serverSection(run: AnyResult): Section {
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
