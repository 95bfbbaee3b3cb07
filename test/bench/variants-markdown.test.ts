import { expect, it } from "vitest";
import { variantsMarkdown } from "../../bench/variants-markdown.ts";
import type {
  FigureOfVariant,
  VariantChange,
  VariantsFigure,
  VariantsResult,
} from "../../src/compare/variants-result.ts";

const first = { change: null, verdict: null, why: null, low: null, high: null, values: [] };

function held(variant: string, mean: number | null, rest: Partial<FigureOfVariant>) {
  return { ...first, variant, mean, ...rest };
}

function figure(name: string, ...variants: readonly FigureOfVariant[]): VariantsFigure {
  return { name, unit: "/s", better: "higher", primary: false, variants };
}

const halved: VariantChange = {
  ...{ kind: "ratio", value: 0.5, low: 0.4, high: 0.6 },
  ...{ p: 0.01, correctedP: 0.01, matters: 0.05, rounds: 4 },
};

const result: VariantsResult = {
  schema: "loadgen.variants/1",
  verdict: { status: "pass", exitCode: 0, reasons: ["worse"] },
  ...{ scenario: "made-up", seed: 1, rounds: { planned: 4, complete: 4 } },
  variants: ["one", "other", "third"].map((name) => ({ name, differs: [], rows: {}, folders: [] })),
  figures: [
    figure("not asked for", held("one", 1, {}), held("other", 2, {}), held("third", 3, {})),
    figure(
      "WAL per transaction",
      held("one", 100, {}),
      held("other", 50, { change: halved, verdict: "worse" }),
      held("third", 99, { change: { ...halved, value: 0.99 }, verdict: "same" }),
    ),
    figure(
      "throughput",
      held("one", 10, {}),
      held("other", null, { verdict: "unclear" }),
      held("third", 5, { change: halved, verdict: "unclear" }),
    ),
  ],
  comparability: ["The machine was another one."],
};

const table = {
  ...{ title: "How", about: "A transaction is one.", scenario: "made-up" },
  ...{ variants: ["one", "other", "third"], options: [] },
  figures: ["throughput", "p50", "WAL per transaction"],
};

it("figures stand side by side in the order asked for, each with its change", () => {
  const text = variantsMarkdown(table, ["run", "made-up"], result);
  expect(text.split("\n")).toEqual([
    ...["### How", "", "A transaction is one.", "", "```sh", "loadgen run made-up", "```", ""],
    "| variant | throughput | WAL |",
    "| --- | ---: | ---: |",
    "| one | 10/s | 100/s |",
    "| other | – | 50/s, -50 % |",
    "| third | 5/s, -50 % ? | 99/s = |",
    ...["", "- The machine was another one.", ""],
  ]);
});

it("what did not end well says so", () => {
  const verdict = { status: "invalid", exitCode: 97, reasons: ["too few rounds"] } as const;
  const text = variantsMarkdown(table, [], { ...result, verdict });
  expect(text).toContain("It ended with 97: too few rounds.");
});
