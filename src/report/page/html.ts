/**
 * HTML as values: what is put into a template is escaped unless it is HTML itself, so that no name,
 * message or path of a run can become markup.
 */

/** Markup that is safe to put into a page. */
export interface Html {
  readonly markup: string;
}

export type Content = Html | string | number | readonly Html[];

/** `` html`<p>${text}</p>` ``: strings and numbers are escaped, for text as for quoted attributes. */
export function html(texts: TemplateStringsArray, ...contents: readonly Content[]): Html {
  const parts = texts.map((text, index) => text + markupOf(contents[index] ?? ""));
  return { markup: parts.join("") };
}

export const nothing: Html = { markup: "" };

function markupOf(content: Content): string {
  if (typeof content === "string") return escaped(content);
  if (typeof content === "number") return String(content);
  return "markup" in content ? content.markup : content.map(({ markup }) => markup).join("\n");
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => entities[letter] ?? letter);
}

/**
 * A block of data that scripts of the page read. Within it `<` would begin an end tag or a comment,
 * whatever stands around it (HTML, section 4.12.1.3), and JSON has another way to write it.
 */
export function dataBlock(id: string, value: unknown): Html {
  const json = JSON.stringify(value).replaceAll("<", "\\u003c");
  return { markup: `<script type="application/json" id="${escaped(id)}">${json}</script>` };
}
