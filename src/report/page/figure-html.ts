/** The place of a chart: what it is called, what it shows in a sentence, and its figures as a table. */
import type { Section } from "../section.ts";
import { type Html, html, nothing } from "./html.ts";
import { foldedHtml, tableHtml } from "./section-html.ts";

export interface Figure {
  /** A name of its own in the page: what draws it goes by that. */
  readonly chart: string;
  /** What is seen, in a sentence or two. */
  readonly caption: string;
  /** The same figures. */
  readonly table: Omit<Section, "remarks">;
}

/**
 * The script draws into it. It is reached by the keyboard where arrows go through its points, and
 * for whoever does not see it there is the caption, and the table.
 */
export function figureHtml({ chart, caption, table }: Figure): Html {
  const id = `chart-${chart}`;
  const folded =
    table.rows.length === 0 ? nothing : foldedHtml("The same as a table", [tableHtml(table)]);
  return html`<figure>
    <div
      class="chart"
      id="${id}"
      data-chart="${chart}"
      role="group"
      aria-roledescription="chart"
      aria-labelledby="${id}-caption"
      tabindex="0"
    >
      <p class="undrawn">
        Charts are drawn by this page's own script, which did not run; the table below has the
        figures.
      </p>
    </div>
    <figcaption id="${id}-caption">${caption}</figcaption>
    ${folded}
  </figure>`;
}
