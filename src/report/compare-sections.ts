/** What a report says of a comparison: what was compared with what, then the figures. */
import { settingWords } from "../compare/comparability.ts";
import type { ComparedFigure, ComparedSide, Comparison } from "../compare/result.ts";
import { changeText, percentText } from "../compare/sentence.ts";
import { counted } from "../core/counted.ts";
import { valueText } from "./figures.ts";
import type { Section } from "./section.ts";

export function compareSections(comparison: Comparison): readonly Section[] {
  const { sides, grounds, figures } = namedCompareSections(comparison);
  return [sides, grounds, figures];
}

/** Each by what it tells. */
export function namedCompareSections(comparison: Comparison) {
  return {
    sides: sidesSection(comparison),
    grounds: groundsSection(comparison),
    figures: figuresSection(comparison),
  };
}

function sidesSection({ baseline, candidate, metrics, noise }: Comparison): Section {
  const primary = metrics.find((figure) => figure.primary) ?? null;
  const line = (name: "baseline" | "candidate", side: ComparedSide) =>
    `${name}: ${side.name} (${counted(side.folders.length, "run")}${primary === null ? "" : `, ${primary.name} ${runsText(primary, name)}`})`;
  return {
    title: "What was compared",
    heading: [],
    rows: [],
    remarks: [
      line("baseline", baseline),
      line("candidate", candidate),
      `How much equal runs differ is known from ${counted(noise.compared, "run")} compared and ${counted(noise.remembered, "equal run")} remembered${deviationText(primary)}.`,
    ],
  };
}

function runsText({ runs, unit }: ComparedFigure, side: "baseline" | "candidate"): string {
  return runs[side].map((value) => valueText(value, unit)).join(", ");
}

function deviationText(primary: ComparedFigure | null): string {
  if (primary === null) return "";
  const { name, deviation } = primary;
  return deviation === null
    ? ": too few"
    : `: their ${name} differs by ${percentText(deviation)} (one standard deviation)`;
}

/** More lines nobody reads; compare.json has all. */
const linesMax = 10;

/** A setting or two are worth a line each. */
const settingLinesMax = 3;

function groundsSection({ comparability }: Comparison): Section {
  const settings = comparability.filter((text) => text.startsWith(settingWords));
  const isFolded = settings.length > settingLinesMax;
  const lines = isFolded
    ? comparability.filter((text) => !text.startsWith(settingWords))
    : comparability;
  const more = lines.length - linesMax;
  return {
    title: "In what else they differ",
    heading: [],
    rows: [],
    remarks: [
      ...lines.slice(0, linesMax),
      ...(more > 0 ? [`and ${more} more: compare.json has them`] : []),
      ...(isFolded ? [foldedText(settings)] : []),
      ...(comparability.length === 0
        ? ["in nothing that is known: plan, seed, versions, settings and machine are the same"]
        : []),
    ],
  };
}

/** The names alone. */
function foldedText(settings: readonly string[]): string {
  const names = settings.map((text) => text.slice(settingWords.length + 1).split(":")[0] ?? "");
  return `${counted(settings.length, settingWords)}, their values in compare.json: ${names.join(", ")}`;
}

const heading = [
  "figure",
  "baseline",
  "candidate",
  "change",
  "95 % interval",
  "matters",
  "verdict",
];

function figuresSection({ metrics }: Comparison): Section {
  const others = metrics.filter((figure) => !figure.primary);
  return {
    title: "The figures",
    heading,
    rows: metrics.map(rowOf),
    remarks: [
      ...(metrics.length > others.length ? ["* By this one the comparison is judged."] : []),
      ...(others.length > 0
        ? [
            `The ${counted(others.length, "other")} decide nothing: of many some change by chance, for which their verdicts are corrected (Holm), their intervals not.`,
          ]
        : []),
      "Unstable: neither a change for certain, nor is the whole interval too small to matter. Where runs are several, baseline and candidate are geometric means.",
    ],
  };
}

function rowOf(figure: ComparedFigure): readonly string[] {
  const { name, unit, primary, baseline, candidate, ratio, low, high, margin } = figure;
  return [
    primary ? `${name} *` : name,
    valueText(baseline, unit),
    valueText(candidate, unit),
    changeText(ratio),
    low === null || high === null ? "–" : `${changeText(low)} to ${changeText(high)}`,
    percentText(margin),
    wordOf(figure),
  ];
}

/** Less WAL is no faster, and what is slower among times is worse among them all. */
export function wordOf({ verdict }: ComparedFigure): string {
  switch (verdict) {
    case "faster":
      return "better";
    case "slower":
      return "worse";
    case "same":
    case "unstable":
      return verdict;
  }
}
