/** What a comparison comes to, on the screen and as Markdown. */
import { noiseText } from "../compare/compare.ts";
import type { Comparison } from "../compare/result.ts";
import { penFor, wrappedVerdictText } from "./screen.ts";
import { verdictMarkdown } from "./summary-markdown.ts";

/** Where it is shown. */
interface Shown {
  readonly folder: string;
  /** Off where escape codes would end up in a file. */
  readonly colours: boolean;
}

export function compareText(comparison: Comparison, { folder, colours }: Shown): string {
  return [
    wrappedVerdictText(comparison.judgement, penFor(colours)),
    noiseText(comparison.noise),
    `  report ${folder}`,
  ].join("\n");
}

export function compareMarkdown(comparison: Comparison): string {
  return [...verdictMarkdown(comparison.judgement), noiseText(comparison.noise), ""].join("\n");
}
