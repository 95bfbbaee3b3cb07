import { describe, expect, it } from "vitest";
import { answerLines } from "../../src/report/sweep-answer.ts";
import { sweepMarkdown } from "../../src/report/sweep-markdown.ts";
import { serviceSweep } from "./service-sweep.ts";
import { bendingSweep, generatorSweep, poolSweep } from "./sweep-result.ts";

const all = [poolSweep, bendingSweep, generatorSweep, serviceSweep];

describe("summary.md of a sweep", () => {
  it("begins with the verdict and what was swept", () => {
    expect(sweepMarkdown(generatorSweep).split("\n").slice(0, 5)).toEqual([
      `# INVALID: ${generatorSweep.verdict.reasons[0]}`,
      "",
      "- and 1 session: there is no data",
      "",
      "Exit code 97; scenario concurrent; system dms, variant current; 1, 6, 24 sessions; 2 repeats; seed 12345.",
    ]);
  });

  it("has the whole answer, the plot, every step and every fix", () => {
    for (const result of all) {
      const text = sweepMarkdown(result);
      for (const [name, told] of answerLines(result))
        expect(text).toContain(`\n- **${name}**: ${told}\n`);
      expect(text).toContain("](sweep.svg)\n");
      for (const { sessions } of result.steps)
        expect(text).toMatch(new RegExp(`\n\\| +${sessions} \\|`));
      for (const { finding } of result.fixes) expect(text).toContain(finding);
    }
    expect(sweepMarkdown(serviceSweep)).toContain(
      "\n## Fixes at 16 sessions, each on top of those before it\n",
    );
    expect(sweepMarkdown(bendingSweep)).toContain(`\n- ${bendingSweep.notes[0]}\n`);
  });

  it("names faults, and no system where there is none", () => {
    const plan = { ...poolSweep.plan, system: null, variant: null, faults: ["pool-limit:max=6"] };
    const text = sweepMarkdown({ ...poolSweep, plan });
    expect(text).toContain("2 repeats; faults pool-limit:max=6; seed");
    expect(text).not.toContain("system");
  });

  it("says nothing of parts that are missing, and has no escape codes", () => {
    for (const text of all.map(sweepMarkdown)) {
      for (const absent of ["undefined", "null", "NaN", "\u001b"])
        expect(text).not.toContain(absent);
    }
    expect(sweepMarkdown(poolSweep)).not.toMatch(/## (Fixes|Notes)/);
  });
});
