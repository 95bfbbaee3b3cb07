import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { optionsWith, pagesAsked } from "../../bench/variants-asked.ts";
import { variantsPages } from "../../bench/variants-pages.ts";
import { systems } from "../../fixtures/index.ts";
import { scenarios } from "../../scenarios/index.ts";
import { variantFigureKinds } from "../../src/compare/variant-figures.ts";
import { composedVariant, knownVariant } from "../../src/core/variant.ts";
import { resultWith } from "../compare/stored.ts";
import { contextOf, scenarioNamed } from "../scenarios/worlds.ts";

const root = join(import.meta.dirname, "..", "..");
const tables = Object.entries(variantsPages).flatMap(([page, { tables: all }]) =>
  all.map((table) => [`${page}: ${table.title}`, table] as const),
);

describe("the pages of variants", () => {
  it("are those of the systems, with a place for the tables", () => {
    expect(Object.keys(variantsPages)).toEqual(systems.map(({ name }) => name));
    for (const { file } of Object.values(variantsPages)) {
      expect(readFileSync(join(root, file), "utf8")).toMatch(
        /<!-- comparison: begin -->[^]*<!-- comparison: end -->/,
      );
    }
  });

  it.each(tables)("%s: compares what there is, by figures that there are", (_, table) => {
    const scenario = scenarios.find(({ name }) => name === table.scenario);
    const system = systems.find(({ name }) => name === scenario?.system);
    if (scenario === undefined || system === undefined) throw new Error(`no ${table.scenario}`);
    for (const name of table.variants) expect(composedVariant(system, name).ok, name).toBe(true);
    const { latencyUs } = resultWith({}).transactions;
    const top = scenario.operations.map((operation) => {
      return { operation, query: "select", calls: 1, perCall: { sharedHit: 1, sharedRead: 0 } };
    });
    const run = {
      operations: Object.fromEntries(scenario.operations.map((name) => [name, { latencyUs }])),
      serverActivity: { gaps: [], statements: { top } },
      stores: { entries: { asked: 1, hits: 1, stale: 0, entries: 1, characters: 1 } },
    };
    const kinds = variantFigureKinds([{ ...resultWith({}), ...run } as never]);
    expect(kinds.map(({ name }) => name)).toEqual(
      expect.arrayContaining([...(table.figures ?? [])]),
    );
  });

  it("write over several connections where they say so", () => {
    const found = tables.flatMap(([, { scenario: name, variants, options }]) => {
      const scenario = scenarioNamed(name);
      const system = systems.find((one) => one.name === scenario.system);
      const numberOf = (flag: string) => Number(options[options.indexOf(flag) + 1]);
      const given = { page: numberOf("--page"), writers: numberOf("--writers") };
      return variants
        .filter((variant) => variant.includes("parallel"))
        .map((variant) => {
          const { strategies } = knownVariant(system!, variant);
          return scenario.connections?.({ ...contextOf(scenario, given), strategies });
        });
    });
    expect(found).toEqual([2, 4]);
  });

  it("are asked for by name, and what follows -- is for the runs", () => {
    const { dms, metaverse } = variantsPages;
    expect(pagesAsked(["metaverse", "dms", "--", "--rounds", "8"])).toEqual({
      pages: [dms, metaverse],
      further: ["--rounds", "8"],
    });
    expect(optionsWith(["--sorted", "--rounds", "4", "--page", "9"], ["--rounds", "8"])).toEqual([
      ...["--sorted", "--page", "9", "--rounds", "8"],
    ]);
    expect(pagesAsked([]).pages).toHaveLength(systems.length);
    expect(() => pagesAsked(["vega"])).toThrow(
      "expected pages among dms, metaverse, event-history, got vega",
    );
  });
});
