import { describe, expect, it } from "vitest";
import { columns } from "../../src/report/figures.ts";
import { turnedToFit } from "../../src/report/turned.ts";
import { variantsMarkdown, variantsText } from "../../src/report/variants-text.ts";
import { ran, resultOf } from "../compare/made-rounds.ts";

const noise = [1, 1.01, 0.99, 1.02];

function madeOf(names: readonly string[]) {
  const made = names.map((name, index) => {
    const growth = { tableBytes: -1000 * index, indexBytes: 0 };
    const { serverPerTransaction, ...other } = ran(100 + 50 * index);
    const runs = noise.map((one) => ({
      ...other,
      serverPerTransaction: { ...serverPerTransaction!, ...growth, walBytes: 5000 * one },
    }));
    return [name, runs] as const;
  });
  return resultOf(Object.fromEntries(made))!;
}

describe("variants side by side", () => {
  const twelve = Array.from({ length: 12 }, (_, index) => `differential+fillfactor-${index + 70}`);

  it("stand in columns where they fit 80 characters, else in rows, and never beyond", () => {
    const two = variantsText(madeOf(["current", "merge"]), { folder: "f", colours: false });
    expect(two).toMatch(/figure +current +merge\n/);
    const many = variantsText(madeOf(twelve), { folder: "f", colours: false });
    const tables = many.slice(many.indexOf("The figures"), many.indexOf("* By this one"));
    expect(Math.max(...tables.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(tables).toMatch(/\(1 of \d+\)\n +variant +throughput \*/);
    for (const name of twelve) expect(tables).toContain(`  ${name} `);
    const document = variantsMarkdown(madeOf(twelve));
    expect(document).toMatch(/\| variant \| throughput \\?\*/);
  });

  it("tell of tables that shrank", () => {
    expect(variantsText(madeOf(["current", "merge"]), { folder: "f", colours: false })).not.toMatch(
      /NaN|--|\+-|undefined/,
    );
  });
});

describe("a table turned to fit", () => {
  const section = {
    title: "Figures",
    heading: ["figure", "one", "two"],
    rows: [
      ["a", "1", "2"],
      ["b", "3", "4"],
      ["a long name", "5", "6"],
    ],
    remarks: ["Said once."],
  };
  const turned = (widthMax: number) =>
    turnedToFit(section, { widthMax, corner: "variant", headingMax: 6 });

  it("is left as it is where it fits", () => {
    const width = columns(section.heading, section.rows).indexOf("\n");
    expect(turned(width)).toEqual([section]);
    expect(turned(width - 1)).not.toEqual([section]);
  });

  it("loses no cell, and keeps its remarks for the end", () => {
    expect(turned(15)).toEqual([
      {
        title: "Figures (1 of 2)",
        heading: ["variant", "a", "b"],
        rows: [
          ["one", "1", "3"],
          ["two", "2", "4"],
        ],
        remarks: [],
      },
      {
        title: "Figures (2 of 2)",
        heading: ["variant", "a long"],
        rows: [
          ["", "name"],
          ["one", "5"],
          ["two", "6"],
        ],
        remarks: ["Said once."],
      },
    ]);
  });
});
