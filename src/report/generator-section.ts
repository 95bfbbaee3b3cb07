/** What the load generator itself used and suffered: the part of a report by which to trust the rest. */
import { counted, countText } from "../core/counted.ts";
import type { LatencySummary } from "../metrics/latency.ts";
import type { AnyResult, RunResult } from "../run/result.ts";
import { besideRemarks } from "./beside-remarks.ts";
import { bytesText, digits, hostText, timeText } from "./figures.ts";
import type { Section } from "./section.ts";

export function generatorSection(run: AnyResult): Section {
  return {
    title: "The generator",
    heading: [],
    rows: [],
    remarks:
      run.observer === null
        ? [
            "Other machines drove the sessions, and nobody looked at how these fared: whether they were the bottleneck is not known.",
            crossCheckRemark(run),
          ]
        : ownRemarks(run),
  };
}

function ownRemarks(run: RunResult): string[] {
  return [
    engineText(run),
    ...(run.engine.name === "k6"
      ? [processRemark(run), processLatenessRemark(run)]
      : [costRemark(run), latenessRemark(run)]),
    ...hostRemarks(run.host),
    ...coLocationRemarks(run),
    ...besideRemarks(run.beside),
    observerRemark(run),
    crossCheckRemark(run),
    calibrationRemark(run),
    ...equalRunsRemarks(run),
  ];
}

/** What drove the sessions; without it nobody can compare figures. */
function engineText({ engine }: Pick<RunResult, "engine">): string {
  const { name, version, driver, protocol, clock } = engine;
  return `Engine ${name}: ${version}; driver ${driver}; protocol ${protocol}; clock ${clock}.`;
}

/** Of k6, which is a process of its own. */
function processRemark({ generator }: RunResult): string {
  const [share] = generator.threads;
  const used =
    share === undefined || share.cpuShare === null
      ? "this system does not tell how much CPU it used"
      : `${digits(share.cpuShare * 100)} % of ${counted(share.cores, "core")}, ${cpuEach(generator)} a transaction`;
  const memory =
    generator.rssBytesMax === null
      ? "this system does not tell its memory"
      : `at most ${bytesText(generator.rssBytesMax)} of memory`;
  return `k6 is a process of its own: ${used}; ${memory}.`;
}

function processLatenessRemark({ generator }: RunResult): string {
  const schedule = lateText(generator.scheduleLagUs);
  const started = schedule === null ? "" : ` Transactions started late by ${schedule}.`;
  return `It has no event loop whose lateness could be told: a session that waits for a core has that in its latencies, and the time of its JavaScript, too.${started}`;
}

function cpuEach({ cpuUsPerTransaction }: RunResult["generator"]): string {
  return cpuUsPerTransaction === null ? "–" : `${cpuUsPerTransaction} us`;
}

function costRemark({ generator }: RunResult): string {
  const { pauses, totalUs, maxUs } = generator.garbageCollection;
  const collecting =
    pauses === 0
      ? "no pause for garbage collection"
      : `${counted(pauses, "pause")} for garbage collection, ${timeText(totalUs)} in all, at most ${timeText(maxUs)}`;
  return (
    `${coresText(generator.threads)}, ${cpuEach(generator)} a transaction; ` +
    `${bytesText(generator.rssBytesMax)} of memory; ${collecting}.`
  );
}

function coresText(threads: RunResult["generator"]["threads"]): string {
  const percents = threads.map(({ cpuShare }) => (cpuShare ?? 0) * 100);
  const [least, most] = [Math.min(...percents), Math.max(...percents)].map(digits);
  if (threads.length === 1) return `${most} % of one core`;
  return `${counted(threads.length, "thread")}, each ${least} to ${most} % of one core`;
}

function latenessRemark({ generator }: RunResult): string {
  const { eventLoopDelayUs, ownDelayUs, scheduleLagUs } = generator;
  const loop = lateText(eventLoopDelayUs);
  if (loop === null) return "It ended too soon to tell how late its event loop was.";
  const own =
    ownDelayUs === null
      ? " (how much of it was waiting for a core, this system does not tell, so it was not judged)"
      : `; without what waiting for a core explains, by ${lateText(ownDelayUs) ?? "–"}`;
  const schedule = lateText(scheduleLagUs);
  const started = schedule === null ? "" : `; transactions started late by ${schedule}`;
  return `Event loop late by ${loop}${own}${started}.`;
}

/** At the highest percentile that there is, such as `35 ms at p99`; null: there is none. */
function lateText(late: LatencySummary): string | null {
  const name = (["p99", "p95", "p90", "p50"] as const).find((one) => late[one] !== null);
  return name === undefined ? null : `${timeText(late[name])} at ${name}`;
}

/** Who kept the machine's cores busy, where that is known. */
function hostRemarks(host: RunResult["host"]): string[] {
  return host === null ? [] : [`Host: ${hostText(host)}.`];
}

/** Waiting for a core for less than this share of the time is nothing to speak of. */
const runQueueShareMin = 0.05;

function coLocationRemarks({ generator, plan }: RunResult): string[] {
  const share = generator.runQueueShare;
  if (share === null || share < runQueueShareMin) return [];
  const who =
    plan.url === null
      ? "Co-located: the server, which runs on this machine, or something else here took the CPU"
      : "Something else on this machine took the CPU";
  return [`${who}, and the generator waited ${digits(share * 100)} % of the time for a core.`];
}

function observerRemark({ observer }: RunResult): string {
  const cost =
    observer.cpuUsPerSecond === null
      ? `${timeText(observer.queryUsPerSecond)} of the observers' time`
      : `${timeText(observer.cpuUsPerSecond)} of the server's CPU`;
  return `Observing cost ${cost} a second; ${observer.samples} samples, ${observer.missed} missed.`;
}

function crossCheckRemark({ crossCheck: check }: AnyResult): string {
  if (check.kind === "skipped")
    return `Not cross-checked with the server's counters: ${check.why}.`;
  const verdict = check.kind === "agrees" ? "agree" : "DIFFER";
  return (
    `Cross-check: the server ended ${counted(check.server, "transaction")} and loadgen counted ${countText(check.counted)}, ` +
    `warm-up, retries and connecting included: they ${verdict} (tolerance ${countText(check.tolerance)}).`
  );
}

function calibrationRemark({ calibration, plan }: RunResult): string {
  if (calibration === null) {
    return "This machine's own ceiling is not known: loadgen calibrate measures it.";
  }
  const { steps, at } = calibration;
  // The nearest one from above, if there is one.
  const step = steps.find(({ sessions }) => sessions >= plan.sessions) ?? steps.at(-1);
  if (step === undefined) return "This machine's calibration has no figures.";
  return `This machine's own ceiling, one thread with the lean driver against a server that does nothing: ${countText(step.perSecond)} operations a second at ${counted(step.sessions, "session")}, ${digits(step.cpuUs)} us of CPU each (calibrated ${at.slice(0, 10)}).`;
}

function equalRunsRemarks({ equalRuns, transactions }: RunResult): string[] {
  if (equalRuns === null) return [];
  const { count, min, median, max } = equalRuns;
  const runs = count === 1 ? "An equal run on this machine" : `${count} equal runs on this machine`;
  const range = count === 1 ? digits(median) : `${digits(min)} to ${digits(max)}`;
  const middle = count === 1 ? "" : ` (median ${digits(median)})`;
  return [
    `${runs} came to ${range} transactions a second${middle}; this one to ${digits(transactions.perSecond)}.`,
  ];
}
