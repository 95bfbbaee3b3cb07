/** How the server planned each operation before a run and after it, and what changed. */
import { countText } from "../core/counted.ts";
import type { ExplainedFigures } from "../run/explain/explained.ts";
import type { AnyResult } from "../run/result.ts";
import { bytesText, timeText } from "./figures.ts";
import { emptySection, type Section } from "./section.ts";

/** Empty where nobody asked for it. */
export function explainSection({ explain }: AnyResult): Section {
  if (explain === null) return emptySection;
  const operations = Object.entries(explain);
  return {
    title: "Plans before the run and after it",
    heading: ["operation", "time", "after", "buffers", "after", "read", "after", "WAL", "after"],
    rows: operations
      .filter(([, { before, after }]) => before !== null || after !== null)
      .map(([name, figures]) => [name, ...figureTexts(figures)]),
    remarks: [
      ...changedPlans(explain),
      ...unchangedTexts(operations),
      ...operations.flatMap(([name, { problems }]) =>
        problems.map((problem) => `${name}, ${problem}.`),
      ),
    ],
  };
}

/** A sentence for each plan that changed. */
export function changedPlans(explain: NonNullable<AnyResult["explain"]>): readonly string[] {
  return Object.entries(explain).flatMap(([name, { planChanged }]) =>
    (planChanged ?? []).map((change) => {
      // Many an operation is one statement that is called like it.
      const isNamed = change.startsWith(`${name}: `);
      return isNamed
        ? `The plan of ${name} changed: ${change.slice(name.length + 2)}.`
        : `A plan of ${name} changed: ${change}.`;
    }),
  );
}

/** Of an operation that has a problem not all plans were seen: the problem says which. */
function unchangedTexts(
  operations: readonly (readonly [string, ExplainedFigures])[],
): readonly string[] {
  const unchanged = operations.filter(([, { planChanged }]) => planChanged?.length === 0);
  const text = (isWhole: boolean, rest: string) => {
    const names = unchanged
      .filter(([, { problems }]) => (problems.length === 0) === isWhole)
      .map(([name]) => name);
    return names.length === 0 ? [] : [`No plan changed of ${names.join(", ")}${rest}.`];
  };
  return [...text(true, ""), ...text(false, ", seen only as far as is told below")];
}

function figureTexts({ before, after }: ExplainedFigures): readonly string[] {
  const pair = (text: (taken: NonNullable<typeof before>) => string) => [
    before === null ? "–" : text(before),
    after === null ? "–" : text(after),
  ];
  return [
    ...pair(({ timeUs }) => timeText(timeUs)),
    ...pair(({ buffersHit, buffersRead }) => countText(buffersHit + buffersRead)),
    ...pair(({ buffersRead }) => countText(buffersRead)),
    ...pair(({ walBytes }) => bytesText(walBytes)),
  ];
}
