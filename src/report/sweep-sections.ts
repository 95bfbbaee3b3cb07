/**
 * What a report says of a sweep: its steps and its fixes as tables, its answer line by line. The
 * terminal and the summary in Markdown print the same, so that they cannot disagree.
 */
import { counted } from "../core/counted.ts";
import { percent } from "../scaling/figures.ts";
import { queueOf } from "../scaling/parts.ts";
import type { SweepResult, SweepStep } from "../sweep/result.ts";
import { digits, timeText } from "./figures.ts";
import { placeName, queueName } from "./scaling-words.ts";
import type { Section } from "./section.ts";

interface Column {
  readonly title: string;
  readonly cell: (step: SweepStep) => string;
  /** A column that is left out where no step has anything to say in it. */
  readonly isEmpty?: (step: SweepStep) => boolean;
}

const columnsOfSteps: readonly Column[] = [
  { title: "/s", cell: ({ perSecond }) => digits(perSecond) },
  { title: "±", cell: ({ low, high }) => (high > low ? roughly((high - low) / 2) : "–") },
  { title: "p50", cell: ({ latencyUs }) => timeText(latencyUs.p50) },
  {
    title: "p99",
    cell: ({ latencyUs }) => timeText(latencyUs.p99),
    isEmpty: ({ latencyUs }) => latencyUs.p99 === null,
  },
  { title: "busy", cell: ({ busySessions }) => meanText(busySessions.mean) },
  { title: "active", cell: ({ activeSessions }) => meanText(activeSessions.mean) },
  { title: "backends", cell: ({ backendsMax }) => String(backendsMax) },
  {
    title: "pool p50",
    cell: ({ poolWaitUs }) => timeText(poolWaitUs.p50),
    isEmpty: ({ poolWaitUs }) => (poolWaitUs.p50 ?? 0) < poolWaitUsMin,
  },
  {
    title: "CPU",
    cell: ({ host }) => (host === null ? "–" : percent(host.busyCores / host.cores)),
    isEmpty: ({ host }) => host === null,
  },
  { title: "waiting mostly", cell: waitCell },
];

/** Less is the time that it takes to hand a connection over. */
const poolWaitUsMin = 1000;

export function stepsSection({ steps, plan }: SweepResult): Section {
  const shown = columnsOfSteps.filter(
    ({ isEmpty }) => isEmpty === undefined || !steps.every(isEmpty),
  );
  const width = Math.max(0, ...steps.map(({ sessions }) => String(sessions).length));
  return {
    title: `Steps: means of ${counted(plan.repeats, "run")} or more, latencies of the run in the middle`,
    heading: ["sessions", ...shown.map(({ title }) => title)],
    rows: steps.map((step) => [
      String(step.sessions).padStart(width),
      ...shown.map(({ cell }) => cell(step)),
    ]),
    remarks: [...driftRemark(steps), ...failureRemark(steps)],
  };
}

/** Two digits: more would promise too much. */
function roughly(value: number): string {
  return value >= 10 ? String(Math.round(value)) : String(Number(value.toPrecision(2)));
}

/** Sessions on the average, to a tenth: what is below is not seen by samples. */
function meanText(mean: number): string {
  return mean < 100 ? mean.toFixed(1) : digits(mean);
}

/** A place's name in a table may be so long. */
const placeWidth = 16;

/** The kind of place where most sessions wait, with their share. */
function waitCell({ parts }: SweepStep): string {
  const { kind, name, share } = queueOf(parts);
  if (kind === "none" || kind === "unknown") return "–";
  return `${percent(share)} ${shortened(placeName({ kind, name }), placeWidth)}`;
}

function shortened(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

function driftRemark(steps: readonly SweepStep[]): string[] {
  const drifted = steps.filter(({ drift }) => drift !== 0);
  if (drifted.length === 0) return [];
  const list = drifted.map(({ sessions, drift }) => `${signed(drift)} at ${sessions}`).join(", ");
  return [`NOT STEADY: throughput changed within the runs (sessions): ${list}.`];
}

function signed(share: number): string {
  return `${share < 0 ? "-" : "+"}${percent(Math.abs(share))}`;
}

/** Of runs whose own verdict was not good; each has its reasons in its folder. */
function failureRemark(steps: readonly SweepStep[]): string[] {
  const failed = steps.flatMap(({ runs }) => runs).filter(({ exitCode }) => exitCode !== 0);
  if (failed.length === 0) return [];
  const codes = [...new Set(failed.map(({ exitCode }) => exitCode))].join(", ");
  return [`${counted(failed.length, "run")} did not pass (exit code ${codes}): see their folders.`];
}

export function fixesSection({ fixes }: SweepResult): Section {
  return {
    title: `Fixes at ${counted(fixes[0]?.sessions ?? 0, "session")}, each on top of those before it`,
    heading: ["fix", "/s", "times", "p50", "p99", "busy", "active", "most waiting at"],
    rows: fixes.map((fix) => [
      fix.name ?? "none",
      digits(fix.perSecond),
      fix.ratio === null ? "–" : `${twoDigits(fix.ratio.mean)} (${rangeText(fix.ratio)})`,
      timeText(fix.p50Us),
      timeText(fix.p99Us),
      meanText(fix.busy),
      meanText(fix.active),
      shortened(queueName(fix.waitsAt), placeWidth),
    ]),
    remarks: fixes.flatMap(findingRemarks),
  };
}

/** As many as tell what is next to be mended. */
const gatesShown = 3;

/** What became of it, and the places that are fullest now; none where there is neither. */
function findingRemarks({ name, finding, gates }: SweepResult["fixes"][number]): readonly string[] {
  const ranked = gates
    .slice(0, gatesShown)
    .map((gate) => `${gate.name} ${percent(gate.utilisation)}`);
  const told = [
    ...(finding === "" ? [] : [finding]),
    ...(ranked.length === 0 ? [] : [`in use: ${ranked.join(", ")}`]),
  ];
  return told.length === 0 ? [] : [`${name ?? "none"}: ${told.join("; ")}`];
}

function rangeText({ low, high }: { readonly low: number; readonly high: number }): string {
  return `${twoDigits(low)} to ${twoDigits(high)}`;
}

function twoDigits(value: number): string {
  return value.toFixed(2);
}

export function notesSection({ notes }: SweepResult): Section {
  return { title: "Notes", heading: [], rows: [], remarks: notes };
}
