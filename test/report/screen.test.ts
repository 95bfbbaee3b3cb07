import { describe, expect, it } from "vitest";
import {
  fitted,
  penFor,
  sectionText,
  wrapped,
  wrappedLineText,
  wrappedVerdictText,
} from "../../src/report/screen.ts";

const long = "a word and another one ".repeat(10).trim();
const words = (text: string) => text.split(/\s+/).filter((word) => word !== "");

describe("a text that is wrapped", () => {
  it("loses no word, and no line is longer than told", () => {
    const lines = wrapped(long, { first: 20, others: 30 });
    expect(lines[0]).toBe("a word and another");
    for (const line of lines.slice(1)) expect(line.length).toBeLessThanOrEqual(30);
    expect(lines.join(" ")).toBe(long);
  });

  it("fills a line to its last character, and keeps a word that is longer whole", () => {
    expect(wrapped("ab cd", { first: 5, others: 5 })).toEqual(["ab cd"]);
    expect(wrapped("ab cde", { first: 5, others: 5 })).toEqual(["ab", "cde"]);
    expect(wrapped("abcdefg h", { first: 3, others: 3 })).toEqual(["abcdefg", "h"]);
    expect(wrapped("", { first: 3, others: 3 })).toEqual([""]);
  });
});

describe("what is fitted to a screen", () => {
  const pen = penFor(false);
  const verdict = { status: "fail", exitCode: 99, reasons: [long, long] } as const;
  const section = { title: "one", heading: [], rows: [], remarks: [long] };

  it.each([
    ["a line", wrappedLineText(["name", long]), " ".repeat(14)],
    ["a verdict", wrappedVerdictText(verdict, pen), "  "],
    ["a section", sectionText(fitted(section), pen), "  "],
  ])("is no wider than 100 columns, and further lines stand in: %s", (_, text, margin) => {
    const lines = text.split("\n");
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(100);
    for (const line of lines.slice(1).filter((one) => one !== "")) {
      expect(line.startsWith(margin)).toBe(true);
    }
    expect(words(text).join(" ")).toContain(long);
  });
});
