/** What a report says of each fault's impact: before, during and after, and how soon it was over. */
import { counted } from "../core/counted.ts";
import { atOnceMsMax, steadyMs, tailRatioMax, throughputShareMin } from "../metrics/recovery.ts";
import { recoveryUnknownText } from "../metrics/thresholds/recovery-threshold.ts";
import type { Compared, Impact } from "../run/impact.ts";
import type { AnyResult } from "../run/result.ts";
import { digits, timeText } from "./figures.ts";
import type { Section } from "./section.ts";

export function impactSection({ faults }: AnyResult): Section {
  const felt = faults.flatMap(({ text, impact }) => (impact === null ? [] : [{ text, impact }]));
  // All faults have the same baseline, and so the same percentile.
  const tail = felt.find(({ impact }) => impact.tail !== null)?.impact.tail ?? null;
  const parts = ["before", "during", "after"];
  const heading = [
    "fault",
    ...parts.map((part) => `/s ${part}`),
    ...parts.map((part) => `${tail ?? "p50"} ${part}`),
  ];
  return {
    title: "Before, during and after each fault",
    heading,
    rows: felt.map(({ text, impact }) => [text, ...throughputs(impact), ...latencies(impact)]),
    remarks: [
      ...felt.map(({ text, impact }) => `${text}: ${courseText(impact)}${troubleText(impact)}.`),
      ...(tail === null ? [] : [criterion(tail)]),
    ],
  };
}

function criterion(tail: string): string {
  const share = Math.round(throughputShareMin * 100);
  const ratio = Math.round(tailRatioMax * 100);
  return `Recovered: throughput at ${share} % and ${tail} at ${ratio} % of before, or better, for ${steadyMs / 1000} s.`;
}

function throughputs({ baseline, fault, recovery }: Impact): string[] {
  const cell = (part: Compared | null) =>
    part === null ? "–" : digits(part.perSecond) + percent(part.throughputRatio);
  return [baseline === null ? "–" : digits(baseline.perSecond), cell(fault), cell(recovery)];
}

function latencies({ tail, baseline, fault, recovery }: Impact): string[] {
  const cell = (part: Compared | null) => {
    if (part === null) return "–";
    if (tail === null) return timeText(part.p50Us) + percent(part.p50Ratio);
    return timeText(part.tailUs) + percent(part.tailRatio);
  };
  const before = tail === null ? baseline?.p50Us : baseline?.tailUs;
  return [timeText(before), cell(fault), cell(recovery)];
}

function percent(ratio: number | null): string {
  return ratio === null ? "" : ` (${Math.round(ratio * 100)} %)`;
}

function courseText({ felt, recovered }: Impact): string {
  return `${feltText(felt)}, ${recoveredText(recovered)}`;
}

export function feltText(felt: Impact["felt"]): string {
  switch (felt.state) {
    case "felt":
      return `felt after ${seconds(felt.afterMs)}`;
    case "never":
      return "never felt";
    case "unknown":
      return "nothing to tell by whether it was felt";
  }
}

export function recoveredText(recovered: Impact["recovered"]): string {
  switch (recovered.state) {
    case "recovered":
      return recovered.afterMs <= atOnceMsMax
        ? "recovered as soon as it was released"
        : `recovered ${seconds(recovered.afterMs)} after its release`;
    case "not-recovered":
      return `NOT RECOVERED in the ${seconds(recovered.withinMs)} after its release`;
    case "unknown":
      return `recovery unknown (${recoveryUnknownText[recovered.why]})`;
  }
}

/** What went wrong in the fault and after it. */
function troubleText({ fault, recovery }: Impact): string {
  const during = partText(fault);
  const after = recovery === null ? "" : partText(recovery);
  return [
    ...(during === "" ? [] : [`; during it ${during}`]),
    ...(after === "" ? [] : [`; after it ${after}`]),
  ].join("");
}

function partText({ reconnects, sessionLostMs, errors, reconnectErrors }: Compared): string {
  return [
    ...(reconnects > 0
      ? [`${counted(reconnects, "reconnect")} (${seconds(sessionLostMs)} of session time lost)`]
      : []),
    ...countsText("failed attempts to reconnect", reconnectErrors),
    ...countsText("SQL errors", errors.sqlstate),
    ...countsText("transport errors", errors.transport),
    ...countsText("refused by the scenario", errors.refused),
  ].join(", ");
}

function countsText(what: string, counts: Readonly<Record<string, number>>): string[] {
  const texts = Object.entries(counts).map(([code, count]) => `${code} × ${count}`);
  return texts.length === 0 ? [] : [`${what} ${texts.join(", ")}`];
}

function seconds(ms: number): string {
  return `${digits(ms / 1000)} s`;
}
