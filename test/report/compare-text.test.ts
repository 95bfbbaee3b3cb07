import { describe, expect, it } from "vitest";
import { compare } from "../../src/compare/compare.ts";
import type { Comparison } from "../../src/compare/result.ts";
import { compareMarkdown, compareText } from "../../src/report/compare-text.ts";
import { type Given, sideOf, storedAs } from "../compare/stored.ts";

const plain = { folder: "reports/one", colours: false };
const quiet = [99, 100, 101, 100, 99, 101, 100, 98.5].map((throughput) => ({ throughput }));

function ofRuns(before: readonly Given[], after: readonly Given[]): Comparison {
  const side = (name: string, given: readonly Given[]) => ({
    name,
    runs: given.map((one) => storedAs(`/reports/${name}`, one)),
  });
  const [baseline, candidate] = [side("before", before), side("after", after)];
  return compare({ baseline, candidate, remembered: [quiet], margin: null });
}

function ofThroughputs(before: number, after: number, remembered = quiet): Comparison {
  const [baseline, candidate] = [sideOf("before", before), sideOf("after", after)];
  return compare({ baseline, candidate, remembered: [remembered], margin: null });
}

const outcomes = {
  same: ofThroughputs(100, 101),
  faster: ofThroughputs(100, 120),
  slower: ofThroughputs(100, 80),
  unstable: ofThroughputs(100, 101, []),
};

describe("a comparison on the screen", () => {
  it("has what else differs before the figures, and the verdict at the end", () => {
    expect(compareText(outcomes.slower, plain).split("\n")).toEqual([
      "What was compared",
      "  baseline: before (1 run, throughput 100/s)",
      "  candidate: after (1 run, throughput 80/s)",
      "  How much equal runs differ is known from 2 runs compared and 8 equal runs remembered: their",
      "    throughput differs by 0.93 % (one standard deviation).",
      "",
      "In what else they differ",
      "  in nothing that is known: plan, seed, versions, settings and machine are the same",
      "",
      "The figures",
      expect.stringMatching(
        /^ {2}figure +baseline +candidate +change +95 % interval +matters +verdict$/,
      ),
      expect.stringMatching(
        /^ {2}throughput \* +100\/s +80\/s +-20 % +-2\d % to -1\d % +5 % +worse$/,
      ),
      ...new Array<unknown>(8).fill(expect.stringMatching(/^ {2}\S.* \+0 % .* unstable$/)),
      "  * By this one the comparison is judged.",
      expect.stringMatching(/^ {2}The 8 others decide nothing/),
      expect.stringMatching(/^ {4}/),
      expect.stringMatching(/^ {2}Unstable: neither a change for certain/),
      expect.stringMatching(/^ {4}/),
      "",
      expect.stringMatching(/^FAIL \(exit code 98\): slower: throughput fell by 20 %/),
      "  matters",
      "  report reports/one",
    ]);
  });

  it("fits 100 columns, whatever comes of it", () => {
    const long = Object.fromEntries(
      Array.from({ length: 30 }, (_, index) => [`a_rather_long_setting_${index}`, String(index)]),
    );
    const many = ofRuns([{ settings: long }, { plan: { seed: 1 } }], [{ plan: { variant: "b" } }]);
    const [first, ...others] = outcomes.same.metrics;
    const name = "p99 of an-operation-with-a-rather-long-name";
    const wide = { ...outcomes.same, metrics: [first!, { ...first!, name }, ...others] };
    expect(compareText(wide, plain)).toContain("  p99 of an-operation-with-… ");
    for (const [name, comparison] of Object.entries({ ...outcomes, many, wide })) {
      const text = compareText(comparison, plain);
      for (const line of text.split("\n")) {
        expect(line.length, `${name}: ${line}`).toBeLessThanOrEqual(100);
        expect(line).toBe(line.trimEnd());
      }
      expect(text).not.toMatch(/undefined|null|NaN|Infinity/);
    }
  });

  it.each(["same", "faster", "slower", "unstable"] as const)("says %s", (outcome) => {
    const text = compareText(outcomes[outcome], plain);
    expect(text).toMatch(new RegExp(`^[A-Z]+ \\(exit code \\d+\\): ${outcome}: throughput`, "m"));
    const word = { same: "same", faster: "better", slower: "worse", unstable: "unstable" }[outcome];
    expect(text).toMatch(new RegExp(`throughput \\*.* ${word}$`, "m"));
  });

  it("says of unstable runs what to do", () => {
    const text = compareText(outcomes.unstable, plain).replaceAll(/\s+/g, " ");
    expect(text).toContain("2 runs compared and 0 equal runs remembered: too few.");
    expect(text).toContain("compare three runs a side or more, or first make four more");
  });

  it("folds settings when they are many, and cuts what is too long", () => {
    const settings = Object.fromEntries(["a", "b", "c", "d"].map((name) => [name, "1"]));
    const plan = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`p${index}`, 1]));
    const { comparability } = ofRuns([{}], [{ settings, plan }]);
    const text = compareText({ ...outcomes.same, comparability }, plain);
    expect(comparability).toHaveLength(16);
    expect(text).toContain("  p9: not there in the baseline, 1 in the candidate");
    expect(text).not.toContain("p10:");
    expect(text).toContain("  and 2 more: compare.json has them\n");
    expect(text).toContain("  4 server settings, their values in compare.json: a, b, c, d\n");
    const few = ofRuns([{}], [{ settings: { a: "1", b: "2", c: "3" } }]);
    expect(compareText(few, plain)).toContain("server setting c: not there in the baseline, 3 in");
  });

  it("has no table of figures where the one that decides is lacking, but says so", () => {
    const plan = { rate: 10 };
    const text = compareText(ofRuns([{ plan }], [{ plan, p99: null }]), plain);
    expect(text).not.toContain("By this one");
    expect(text).toContain(
      "INVALID (exit code 97): there is no p99 to compare by in /reports/after",
    );
  });

  it("has escape codes only with colours", () => {
    expect(compareText(outcomes.slower, plain)).not.toContain("\u001b[");
    expect(compareText(outcomes.slower, { ...plain, colours: true })).toContain("\u001b[31m");
  });
});

describe("a comparison in Markdown", () => {
  it("has the verdict as its title, and the same sections", () => {
    const lines = compareMarkdown(outcomes.slower).split("\n");
    expect(lines[0]).toMatch(/^# FAIL: slower: throughput fell by 20 %/);
    expect(lines).toContain("Exit code 98.");
    expect(lines.filter((line) => line.startsWith("## "))).toEqual([
      "## What was compared",
      "## In what else they differ",
      "## The figures",
    ]);
    expect(lines.find((line) => line.startsWith("| throughput"))).toMatch(/ \| worse \|$/);
  });
});
