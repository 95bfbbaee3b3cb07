/** What `loadgen nightly` prints: its suite first, a line when a run is over, and the night. */
import { counted } from "../core/counted.ts";
import type { Night } from "../nightly/result.ts";
import { lengthText } from "./figures.ts";
import { historyText, nightSection } from "./night-section.ts";
import { fitted, lineText, penFor, sectionText, wrappedVerdictText } from "./screen.ts";

interface Shown {
  readonly folder: string;
  /** Off where escape codes would end up in a file. */
  readonly colours: boolean;
}

export interface NightPlan extends Pick<Night, "suite" | "history"> {
  readonly server: string;
  readonly runs: number;
  /** Of all measured times and warm-ups; null: at least one run has no planned length. */
  readonly plannedMs: number | null;
}

export function nightPlanText(plan: NightPlan, { folder, colours }: Shown): string {
  const length = plan.plannedMs === null ? "" : `, about ${lengthText(plan.plannedMs)}`;
  return [
    penFor(colours).bold(`loadgen nightly ${plan.suite.name}`),
    lineText(["suite", plan.suite.file]),
    lineText(["runs", `${counted(plan.runs, "run")}${length}`]),
    lineText(["server", plan.server]),
    lineText(["history", historyText(plan)]),
    lineText(["report", folder]),
  ].join("\n");
}

export function nightText(night: Night, { folder, colours }: Shown): string {
  const pen = penFor(colours);
  return [
    sectionText(fitted(nightSection(night)), pen),
    ...night.notes.map((note) => `! ${note}`),
    wrappedVerdictText(night.verdict, pen),
    `  ${counted(night.runs.length, "run")} in ${lengthText(night.lengthMs)}; report ${folder}`,
  ].join("\n");
}
