/**
 * Reads the XML that loadgen writes, and refuses all that a parser would: a subset of XML 1.0
 * (elements, attributes in double quotes, text with entities), since no parser is among the dependencies.
 */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** Throws where the text is not well-formed. */
export function parseXml(text: string): XmlElement {
  if (!text.startsWith(declaration)) throw new Error("no declaration");
  const forbidden = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.exec(text);
  if (forbidden !== null) throw new Error(`forbidden character at ${forbidden.index}`);
  const { element, end } = elementAt(text, declaration.length);
  if (text.slice(end).trim() !== "") throw new Error("more than one root");
  return element;
}

function elementAt(text: string, start: number): { element: XmlElement; end: number } {
  const tag = /<([A-Za-z][\w.-]*)((?:\s+[A-Za-z][\w.-]*="[^"<]*")*)\s*(\/?)>/y;
  tag.lastIndex = start;
  const [, name = "", pairs = "", isEmpty] = tag.exec(text) ?? notWellFormed(text, start);
  const attributes = attributesOf(pairs);
  let at = tag.lastIndex;
  const children: XmlElement[] = [];
  let content = "";
  while (isEmpty !== "/") {
    const next = text.indexOf("<", at);
    if (next < 0) throw new Error(`${name} has no end`);
    content += unescaped(text.slice(at, next));
    if (text.startsWith(`</${name}>`, next)) {
      at = next + name.length + 3;
      break;
    }
    const { element, end } = elementAt(text, next);
    children.push(element);
    at = end;
  }
  return { element: { name, attributes, children, text: content }, end: at };
}

function attributesOf(pairs: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, key = "", value = ""] of pairs.matchAll(/\s([\w.-]+)="([^"]*)"/g)) {
    if (key in attributes) throw new Error(`${key} twice`);
    // What a parser makes of white space that is not escaped.
    attributes[key] = unescaped(value.replace(/[\t\n\r]/g, " "));
  }
  return attributes;
}

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"' };

function unescaped(text: string): string {
  return text.replace(/\r\n?/g, "\n").replace(/&(?:#(\d+);|(\w+);)?/g, (all, code, name) => {
    if (code !== undefined) return String.fromCodePoint(Number(code));
    return entities[String(name)] ?? notWellFormed(all, 0);
  });
}

function notWellFormed(text: string, at: number): never {
  throw new Error(`not well-formed: ${text.slice(at, at + 60)}`);
}
