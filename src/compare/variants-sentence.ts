/** What a variant's figure comes to, in a few words. Pure. */
import { changeText } from "./sentence.ts";
import type { FigureOfVariant, VariantsFigure } from "./variants-result.ts";

/** Of the primary figure: `throughput against current: differential +85 % (better), merge +1.2 % (same)`. */
export function variantsSentence(figures: readonly VariantsFigure[]): string {
  const primary = figures.find((figure) => figure.primary);
  const [first, ...others] = primary?.variants ?? [];
  if (primary === undefined || first === undefined) {
    return "measured, but no run has the figure that they are judged by";
  }
  const texts = others.map(
    (one) => `${one.variant} ${shareText(one)}(${one.verdict ?? "unclear"})`,
  );
  return `${primary.name} against ${first.variant}: ${texts.join(", ")}`;
}

/** Of a ratio alone: a difference has a unit, which the primary figure never needs. */
function shareText({ change }: FigureOfVariant): string {
  return change?.kind === "ratio" ? `${changeText(change.value)} ` : "";
}
