import { expect, it } from "vitest";
import { namedVariantsSections } from "../../src/report/variants-sections.ts";
import { variantsMarkdown, variantsText } from "../../src/report/variants-text.ts";
import { ran, resultOf } from "../compare/made-rounds.ts";

const noise = [1, 1.01, 0.99, 1];

it("a change stands with its interval wherever there is one, on screen and in summary.md", () => {
  const result = resultOf({
    current: noise.map((one) => ran(100 * one, 50 * one)),
    merge: noise.map((one, round) => ran(150 * one * (1 + round / 100), 0)),
  })!;
  const rowOf = (name: string) => {
    const { rows } = namedVariantsSections(result).figures;
    return rows[rows.findIndex(([title]) => title === name) + 2];
  };
  expect(rowOf("throughput *")).toEqual(["  merge", "152/s", "+52 %", "+49 to +55", "better"]);
  expect(rowOf("dead rows")).toEqual(["  merge", "0", "-50", "-50.6 to -49.4", "better"]);
  const shown = { folder: "f", colours: false };
  for (const text of [variantsText(result, shown), variantsMarkdown(result)]) {
    expect(text).toMatch(/\+52 %[ |]+\+49 to \+55[ |]+better/);
  }
  // A figure is a heading of its variants, and its star no emphasis and no list.
  const markdown = variantsMarkdown(result);
  expect(markdown).toContain("\n| **throughput \\*** |  |  |  |  |\n|   current | ");
  expect(markdown).toContain("\n- \\* By this one the verdict is told.\n");
  const few = resultOf({ current: [ran(100)], merge: [ran(150)] })!;
  expect(variantsText(few, shown)).toMatch(/150\/s +\+50 % +unclear/);
});
