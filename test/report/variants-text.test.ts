import { describe, expect, it } from "vitest";
import { variantsText } from "../../src/report/variants-text.ts";
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

  it("stand below one another for each figure, within 80 characters, however many there are", () => {
    const many = variantsText(madeOf(twelve), { folder: "f", colours: false });
    const table = many.slice(many.indexOf("The figures"), many.indexOf("* By this one"));
    expect(Math.max(...table.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
    const [first = "", second = ""] = twelve;
    expect(table).toMatch(
      new RegExp(
        String.raw`throughput \*\n +${first.replace("+", "\\+")} +\S+\n +${second.replace("+", "\\+")} +\S+ +\+50 % +\S+ to \S+ +better\n`,
      ),
    );
    for (const name of twelve) expect(table).toContain(`  ${name} `);
  });

  it("tell of tables that shrank", () => {
    expect(variantsText(madeOf(["current", "merge"]), { folder: "f", colours: false })).not.toMatch(
      /NaN|--|\+-|undefined/,
    );
  });
});
