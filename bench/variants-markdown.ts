/** A comparison of variants as a part of a page: all figures below one another, or some of them side by side. */
import type {
  FigureOfVariant,
  VariantsFigure,
  VariantsResult,
} from "../src/compare/variants-result.ts";
import { valueText } from "../src/report/figures.ts";
import { sectionMarkdown } from "../src/report/summary-markdown.ts";
import { changedText, namedVariantsSections } from "../src/report/variants-sections.ts";
import type { VariantsTable } from "./variants-pages.ts";

/** `words`: of the command. */
export function variantsMarkdown(
  { title, about, figures }: VariantsTable,
  words: readonly string[],
  result: VariantsResult,
): string {
  const { verdict } = result;
  const named = namedVariantsSections(result);
  const content =
    figures === null
      ? [named.figures, named.grounds].map((section) => sectionMarkdown(section)).join("\n")
      : sideBySide(figures, result);
  return [
    `### ${title}`,
    "",
    about,
    "",
    "```sh",
    `loadgen ${words.join(" ")}`,
    "```",
    "",
    ...(verdict.exitCode === 0
      ? []
      : [`It ended with ${verdict.exitCode}: ${verdict.reasons.join("; ")}.`, ""]),
    content.replace(/^## /gm, "#### "),
  ].join("\n");
}

/** What a reader of such tables must know. */
export const sideBySideLegend =
  "Each row's change is against the first of its table; `=`: the same, `?`: unclear, by the rules of [variants.md](variants.md#the-method). " +
  "WAL, rows, buffers, growth and CPU are those of a transaction, unless an operation is named: then of one of its statements.";

/** A row for each variant; a figure that no run had has no column. */
function sideBySide(
  names: readonly string[],
  { figures, variants, comparability }: VariantsResult,
): string {
  const shown = names.flatMap((name) => figures.filter((figure) => figure.name === name));
  const cells = (index: number) => shown.map((figure) => cell(figure, figure.variants[index]));
  const rows = [
    ["variant", ...shown.map(heading)],
    ["---", ...shown.map(() => "---:")],
    ...variants.map(({ name }, index) => [name, ...cells(index)]),
  ];
  const table = rows.map((row) => `| ${row.join(" | ")} |`);
  const differ = comparability.map((text) => `- ${text}`);
  return [...table, "", ...differ, ""].join("\n");
}

function heading({ name }: VariantsFigure): string {
  return name.replace(/ per (transaction|statement)/, "");
}

/** `4.2 ms, -31 %`; with `=` for the same, `?` for unclear. */
function cell({ unit }: VariantsFigure, one: FigureOfVariant | undefined): string {
  if (one === undefined || one.mean === null) return "–";
  const value = valueText(one.mean, unit);
  if (one.verdict === "same") return `${value} =`;
  const told = one.change === null ? value : `${value}, ${changedText(one.change, unit)}`;
  return one.verdict === "unclear" ? `${told} ?` : told;
}
