/** Sections of a report as HTML: the same tables and sentences that the terminal and summary.md have. */
import { hasContent, type Line, type Section } from "../section.ts";
import { type Html, html, nothing } from "./html.ts";

/** A section under a heading of its own; nothing where it has nothing to say. */
export function sectionHtml(section: Section, id: string): Html[] {
  if (!hasContent(section)) return [];
  return [html`<h3 id="${id}">${section.title}</h3>`, ...contentHtml(section)];
}

/** Without the heading, for a section that is all of its part. */
export function contentHtml(section: Section): Html[] {
  return [tableHtml(section), remarksHtml(section.remarks)].filter((one) => one !== nothing);
}

/** As a section has it; a cell may have markup of its own, such as a link. */
export interface Table {
  readonly title: string;
  readonly heading: readonly string[];
  readonly rows: readonly (readonly (string | Html)[])[];
}

/** Wide tables scroll in a place of their own, which the keyboard reaches, lest the page does. */
export function tableHtml({ title, heading, rows }: Table): Html {
  if (rows.length === 0) return nothing;
  const isText = heading.map((_, column) => rows.some((row) => !isFigure(row[column] ?? "")));
  // Long tables of figures are most of some pages, so only text is marked.
  const kindOf = (column: number) => (isText[column] === true ? html` class="text"` : nothing);
  return html`<div class="table" role="region" aria-label="${title}" tabindex="0">
    <table>
      <caption>
        ${title}
      </caption>
      <thead>
        <tr>
          ${heading.map((name, column) => html`<th scope="col" ${kindOf(column)}>${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(([first = "", ...others]) =>
          others.length === 0 && heading.length > 1
            ? html`<tr class="group">
                <th scope="rowgroup" colspan="${heading.length}">${first}</th>
              </tr>`
            : html`<tr>
                <th scope="row">${first}</th>
                ${others.map((cell, index) => html`<td${kindOf(index + 1)}>${cell}</td>`)}
              </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** Figures stand to the right, below one another; a dash is one that is not known. */
function isFigure(cell: string | Html): boolean {
  return typeof cell === "string" && /^(?:[−+-]?\d.*|–|)$/.test(cell);
}

/** A word or two, and beside it the text. */
export function linesHtml(lines: readonly Line[]): Html {
  return html`<dl class="lines">
    ${lines.map(
      ([name, text]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${text}</dd>
        </div>`,
    )}
  </dl>`;
}

export function remarksHtml(remarks: readonly string[]): Html {
  if (remarks.length === 0) return nothing;
  return html`<ul class="remarks">
    ${remarks.map((remark) => html`<li>${remark}</li>`)}
  </ul>`;
}

/** A table that is long, or that only repeats what a chart shows: one line until it is opened. */
export function foldedHtml(summary: string, body: readonly Html[]): Html {
  return html`<details>
    <summary>${summary}</summary>
    ${body}
  </details>`;
}
