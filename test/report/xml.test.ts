import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { xmlText } from "../../src/report/xml.ts";
import { parseXml } from "../helpers/xml.ts";

/** Any code units: control characters and halves of pairs included. */
const anyText = fc
  .array(fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)))
  .map((units) => units.join(""));
const markup = fc.constantFrom(
  "<a>",
  "]]>",
  "&amp;",
  "&",
  '"',
  "'",
  "\r\n",
  "\t",
  "\u0000",
  "\ud83d",
);
const texts = fc.oneof(
  anyText,
  fc.array(fc.oneof(markup, fc.string({ unit: "grapheme" }))).map((parts) => parts.join("")),
);

/** What no document may have is told as one such character each. */
function asWritten(text: string): string {
  return Array.from(text)
    .map((one) =>
      /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(one) ? "\ufffd" : one,
    )
    .join("");
}

describe("XML", () => {
  it("says what was put into it, whatever that is", () => {
    fc.assert(
      fc.property(texts, texts, (value, content) => {
        const root = { name: "a", attributes: { value }, content };
        const read = parseXml(xmlText(root));
        expect([read.attributes.value, read.text]).toEqual([asWritten(value), asWritten(content)]);
      }),
    );
  });

  it("nests elements, and closes at once what is empty", () => {
    const leaf = { name: "leaf", attributes: { x: "1" }, content: "" };
    expect(xmlText({ name: "root", attributes: {}, content: [leaf, leaf] })).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<root>\n  <leaf x="1"/>\n  <leaf x="1"/>\n</root>\n',
    );
  });
});
