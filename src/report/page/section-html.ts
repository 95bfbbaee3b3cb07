/** Sections of a report as HTML: the same tables and sentences that the terminal and summary.md have. */
import { hasContent, type Section } from "../section.ts";
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

/** Wide tables scroll in a place of their own, which the keyboard reaches, lest the page does. */
export function tableHtml({ title, heading, rows }: Omit<Section, "remarks">): Html {
  if (rows.length === 0) return nothing;
  return html`<div class="table" role="region" aria-label="${title}" tabindex="0"><table>
<caption>${title}</caption>
<thead><tr>${heading.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>
${rows.map(rowHtml)}
</tbody></table></div>`;
}

function rowHtml([first = "", ...others]: readonly string[]): Html {
  return html`<tr><th scope="row">${first}</th>${others.map((cell) => html`<td>${cell}</td>`)}</tr>`;
}

export function remarksHtml(remarks: readonly string[]): Html {
  if (remarks.length === 0) return nothing;
  return html`<ul class="remarks">
${remarks.map((remark) => html`<li>${remark}</li>`)}
</ul>`;
}

/** A table that is long, or that only repeats what a chart shows: one line until it is opened. */
export function foldedHtml(summary: string, body: readonly Html[]): Html {
  return html`<details><summary>${summary}</summary>
${body}
</details>`;
}
