/** XML 1.0 as text: elements with attributes, and nothing in them that a parser refuses. */

export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Elements, or text alone. */
  readonly content: readonly Element[] | string;
}

/** A whole document. */
export function xmlText(root: Element): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${elementText(root, "")}\n`;
}

function elementText({ name, attributes, content }: Element, indent: string): string {
  const pairs = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(value)}"`);
  const start = `${indent}<${name}${pairs.join("")}`;
  if (content.length === 0) return `${start}/>`;
  if (typeof content === "string") return `${start}>${escaped(content)}</${name}>`;
  const inside = content.map((child) => elementText(child, `${indent}  `));
  return [`${start}>`, ...inside, `${indent}</${name}>`].join("\n");
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  // A parser makes spaces of these in an attribute, and drops the carriage return in a text.
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;",
};

function escaped(text: string): string {
  return text
    .replace(forbidden, "\ufffd")
    .replace(/[&<>"\t\n\r]/g, (character) => entities[character] ?? character);
}

/** What no XML 1.0 document may have, escaped or not (https://www.w3.org/TR/xml/#charsets). */
const forbidden = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;
