import { expect, it } from "vitest";
import { changeText, percentText } from "../../src/compare/sentence.ts";

it.each([
  [0, "0 %"],
  [0.00001, "0 %"],
  [0.0012, "0.12 %"],
  [0.0984, "9.8 %"],
  [0.125, "13 %"],
  [3.456, "346 %"],
])("a share of %d is %s", (share, text) => {
  expect(percentText(share)).toBe(text);
});

it.each([
  [1, "+0 %"],
  [1.5, "+50 %"],
  [0.902, "-9.8 %"],
])("a ratio of %d is a change of %s", (ratio, text) => {
  expect(changeText(ratio)).toBe(text);
});
