/**
 * What a report says of a run, section by section, as tables and sentences. The terminal and the
 * summary in Markdown print the same sections, so that they cannot disagree.
 */
import type { AnyResult } from "../run/result.ts";
import { counted } from "../core/counted.ts";
import { activitySection } from "./activity-section.ts";
import { explainSection } from "./explain-section.ts";
import { faultSection } from "./fault-section.ts";
import { digits, timeText } from "./figures.ts";
import { impactSection } from "./impact-section.ts";
import { generatorSection } from "./generator-section.ts";
import { latencySection } from "./latency-section.ts";
import { ledgerText } from "./ledger-text.ts";
import { emptySection, hasContent, type Section } from "./section.ts";
import { serverSection } from "./server-section.ts";
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
