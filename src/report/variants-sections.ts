/** What a report says of a comparison of variants: what they are, the figures side by side, every interval. */
import type {
  FigureOfVariant,
  VariantChange,
  VariantsFigure,
  VariantsResult,
} from "../compare/variants-result.ts";
import { changeText, percentText } from "../compare/sentence.ts";
import { counted } from "../core/counted.ts";
import { valueText } from "./figures.ts";
import type { Section } from "./section.ts";

/** Each by what it tells. */
export function namedVariantsSections(result: VariantsResult) {
  return {
    variants: variantsSection(result),
    grounds: groundsSection(result),
    figures: figuresSection(result),
    intervals: intervalsSection(result),
  };
}

function variantsSection({ variants, rounds }: VariantsResult): Section {
  const [first, ...others] = variants.map(({ name }) => name);
  const own = variants.flatMap(({ name, differs }) => differs.map((text) => `${name}: ${text}`));
  return {
    title: "What was compared",
    heading: [],
    rows: [],
    remarks: [
      `${others.join(", ")}, each with ${first ?? ""}, in ${counted(rounds.complete, "complete round")} of ${rounds.planned}: every variant once in each, from a fresh clone, in an order drawn from the seed.`,
      ...own,
    ],
  };
}

function groundsSection({ comparability }: VariantsResult): Section {
  const nothing =
    "in nothing that is known: data, plan, seed, versions, settings and machine are the same";
  const remarks = comparability.length === 0 ? [nothing] : comparability;
  return { title: "In what else they differ", heading: [], rows: [], remarks };
}

/** A row for each variant of each figure, however many there are: what fits a screen, and a page of documentation. */
function figuresSection({ figures }: VariantsResult): Section {
  return {
    title: "The figures, and what each comes to against the first",
    heading: ["figure", "mean", "change", "interval", "verdict"],
    rows: figures.flatMap((figure) => [
      [nameOf(figure).replace(perTransaction, "")],
      ...figure.variants.map((one) => [`  ${one.variant}`, ...sideBySide(figure, one)]),
    ]),
    remarks: [
      ...(figures.some(({ primary }) => primary) ? ["* By this one the verdict is told."] : []),
      "WAL, pages, rows, buffers, growth, CPU and function time are those of a transaction.",
      "Means over complete rounds, the change of each, its 95 % interval (not corrected). Verdicts are corrected for there being several variants (Holm), and need more than chance and a change that matters. Same: the whole interval is too small to matter. Unclear: neither, or it was not measured.",
      "A page that changes for the first time after a checkpoint, as after that of the run's clone, is written to the WAL whole: in a short run much of it is that. WAL records do not change by it.",
    ],
  };
}

/** Said once, so that the table fits a screen. */
const perTransaction = " per transaction";

function nameOf({ name, primary }: VariantsFigure): string {
  return primary ? `${name} *` : name;
}

/** `412 B`, `-98 %`, `-99 to -97`, `better`. */
function sideBySide({ unit }: VariantsFigure, one: FigureOfVariant): readonly string[] {
  const { mean, change, verdict } = one;
  const changed = change === null ? ["", ""] : [changedText(change, unit), rangeText(change, unit)];
  return [mean === null ? "–" : signedText(mean, unit), ...changed, verdict ?? ""];
}

/** What stands before it has the unit, but where each has one of its own. */
function rangeText({ kind, low, high }: VariantChange, unit: VariantsFigure["unit"]): string {
  if (low === null || high === null) return "";
  const text = (value: number) => {
    const told = changedText({ kind, value }, unit);
    return kind === "ratio" ? told.replace(/ %$/, "") : told;
  };
  return `${text(low)} to ${text(high)}`;
}

/** `-96 %`, or of a difference what it is in the unit: `-50`. */
export function changedText(
  { kind, value }: Pick<VariantChange, "kind" | "value">,
  unit: VariantsFigure["unit"],
): string {
  if (kind === "ratio") return changeText(value);
  return `${value < 0 ? "" : "+"}${signedText(value, unit)}`;
}

const intervalHeading = [
  "figure",
  "variant",
  "mean",
  "95 % interval",
  "against the first",
  "95 % interval",
  "matters",
  "verdict",
];

function intervalsSection({ figures }: VariantsResult): Section {
  return {
    title: "Every interval",
    heading: intervalHeading,
    rows: figures.flatMap((figure) =>
      figure.variants.map((one, index) => [
        index === 0 ? nameOf(figure) : "",
        one.variant,
        ...intervalCells(figure, one),
      ]),
    ),
    remarks: [
      "The round is the unit: intervals are Student's, of means over complete rounds, and of each variant's run against the first's of the same round. They are not corrected; verdicts are. Changes are ratios, and differences where one of the variants has a 0.",
      ...unclearRemarks(figures),
    ],
  };
}

function intervalCells({ unit }: VariantsFigure, one: FigureOfVariant): readonly string[] {
  const { mean, low, high, change, verdict } = one;
  const text = (value: number) => signedText(value, unit);
  const range = (from: number | null, to: number | null, told: (value: number) => string) =>
    from === null || to === null ? "–" : `${told(from)} to ${told(to)}`;
  const cells = [mean === null ? "–" : text(mean), range(low, high, text)];
  if (change === null) return [...cells, "", "", "", verdict ?? ""];
  const { kind, matters } = change;
  const changed = (value: number) => changedText({ kind, value }, unit);
  return [
    ...cells,
    changed(change.value),
    range(change.low, change.high, changed),
    kind === "ratio" ? percentText(matters) : text(matters),
    verdict ?? "",
  ];
}

/** A difference may be below 0, which no unit is chosen for. */
function signedText(value: number, unit: VariantsFigure["unit"]): string {
  return value < 0 ? `-${valueText(-value, unit)}` : valueText(value, unit);
}

/** Why, where it is not for chance. */
function unclearRemarks(figures: readonly VariantsFigure[]): readonly string[] {
  const all = figures.flatMap(({ name, variants }) =>
    variants.flatMap(({ variant, why, change }) =>
      why !== null && (change === null || change.low === null) ? [{ name, variant, why }] : [],
    ),
  );
  const reasons = [...new Set(all.map(({ why }) => why))];
  return reasons.map((why) => {
    const of = all.filter((one) => one.why === why).map(({ variant }) => variant);
    return `Unclear of ${[...new Set(of)].join(", ")}: ${why}.`;
  });
}
