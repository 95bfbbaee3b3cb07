/** The page of a comparison of variants: the verdict, what else differs, every figure round by round. */
import type { VariantsResult } from "../../compare/variants-result.ts";
import { counted } from "../../core/counted.ts";
import { namedVariantsSections } from "../variants-sections.ts";
import { type Html, html } from "./html.ts";
import { linkHtml, runPagePath } from "./link-html.ts";
import type { VariantsPageData } from "./page-data.ts";
import { figuresHtml, verdictHtml } from "./run-header.ts";
import { contentHtml, remarksHtml } from "./section-html.ts";
import { type Page, type PageAssets, pageText } from "./shell.ts";
import { roundsFigures } from "./variants-figures.ts";

export interface StoredVariants {
  readonly result: VariantsResult;
  /** Of the runs' folders in it, those with a page. */
  readonly pages: ReadonlySet<string>;
}

/** `shown`: the folder, as a command line names it. */
export function variantsPageText(
  stored: StoredVariants,
  shown: string,
  assets: PageAssets,
): string {
  return pageText(variantsPage(stored, shown), assets);
}

function variantsPage({ result, pages }: StoredVariants, shown: string): Page {
  const { variants, grounds, figures, intervals } = namedVariantsSections(result);
  const data: VariantsPageData = { kind: "variants" };
  return {
    title: `${result.scenario}: ${result.variants.map(({ name }) => name).join(", ")}, loadgen`,
    header: headerHtml(result, shown),
    data,
    parts: [
      {
        id: "grounds",
        title: "An honest look first: what else differs",
        short: "What differs",
        body: [remarksHtml(variants.remarks), ...contentHtml(grounds)],
      },
      {
        id: "figures",
        title: "The figures side by side",
        short: "Figures",
        body: contentHtml(figures),
      },
      {
        id: "rounds",
        title: "Round by round",
        short: "Rounds",
        body: roundsFigures(result.figures),
      },
      {
        id: "intervals",
        title: "Every interval",
        short: "Intervals",
        body: contentHtml(intervals),
      },
      {
        id: "runs",
        title: "Each run's own report",
        short: "Runs",
        body: [linksHtml(result, pages)],
      },
    ],
    footer: html`<p>Written by loadgen. This file loads nothing and sends nothing.</p>`,
  };
}

function headerHtml({ scenario, seed, verdict, rounds, variants }: VariantsResult, shown: string) {
  const [first, ...others] = variants.map(({ name }) => name);
  return html`<header>
    <p class="about">
      loadgen run ${scenario} --variants · ${others.join(", ")} · against ${first ?? ""} · ${shown}
    </p>
    ${verdictHtml(verdict)}
    ${figuresHtml([
      ["variants", String(variants.length)],
      ["complete rounds", `${rounds.complete} of ${rounds.planned}`],
      ["seed", String(seed)],
    ])}
  </header>`;
}

function linksHtml({ variants }: VariantsResult, pages: ReadonlySet<string>): Html {
  const runHtml = (folder: string | null, round: number) => {
    const text = `round ${round}`;
    if (folder === null) return html`<li>${text}: ${counted(0, "run")}</li>`;
    return html`<li>
      ${pages.has(folder) ? linkHtml(runPagePath(folder), text) : html`${text}`}
    </li>`;
  };
  return html`<dl class="lines">
    ${variants.map(
      ({ name, folders }) =>
        html`<div>
          <dt>${name}</dt>
          <dd>
            <ul class="links">
              ${folders.map((folder, index) => runHtml(folder, index + 1))}
            </ul>
          </dd>
        </div>`,
    )}
  </dl>`;
}
