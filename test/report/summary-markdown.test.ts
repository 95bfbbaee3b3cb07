import { describe, expect, it } from "vitest";
import { runSections } from "../../src/report/run-sections.ts";
import { summaryMarkdown } from "../../src/report/summary-markdown.ts";
import { openRun } from "./open-run.ts";
import { loudRun } from "./loud-run.ts";
import { quietRun } from "./run-result.ts";

describe("summary.md", () => {
  it("begins with the verdict and what was run", () => {
    expect(summaryMarkdown(quietRun, "reports/one").split("\n").slice(0, 4)).toEqual([
      "# PASS: 12 345 transactions committed",
      "",
      "Exit code 0; scenario concurrent, system dms, variant current, 100 sessions, seed 12345, PostgreSQL 18.4.",
      "",
    ]);
  });

  it("lists all further reasons, as a list that ends before the next sentence", () => {
    expect(summaryMarkdown(loudRun, "reports/one").split("\n").slice(0, 5)).toEqual([
      "# FAIL: the invariant no-doubles is broken: 3 rows",
      "",
      "- and latency: max < 1s does not hold",
      "",
      expect.stringMatching(/^Exit code 96;/),
    ]);
  });

  it("names no system where there is none", () => {
    const plan = { ...quietRun.plan, system: null, variant: null };
    expect(summaryMarkdown({ ...quietRun, plan }, "reports/one")).not.toContain("system");
  });

  it("has every section, its table and its remarks", () => {
    for (const run of [loudRun, openRun]) {
      const text = summaryMarkdown(run, "reports/one");
      for (const { title, remarks } of runSections(run)) {
        const isJudged = title === "Thresholds" || title === "Invariants";
        const heading = isJudged ? `## ${title}` : `<details><summary>${title}</summary>`;
        expect(text).toContain(`\n${heading}\n\n`);
        for (const remark of remarks) expect(text).toContain(`\n- ${remark}\n`);
      }
    }
    expect(summaryMarkdown(loudRun, "reports/one")).toContain(
      "\n| threshold | actual |  |\n| --- | --- | --- |\n| latency: max < 1s |",
    );
  });

  it("has the key figures right under the verdict, and the command that repeats the run", () => {
    const text = summaryMarkdown(quietRun, "reports/a run");
    const [heading, , row] = text.split("\n").slice(4);
    expect(heading).toBe(
      "| committed | a second | p50 | p99 | max | failed | retries | busy sessions |",
    );
    expect(row).toMatch(/^\| 12 345 \| 617 \|.*\| 0 \| 0 \| 5.5 \|$/);
    expect(text).toContain("\n```sh\nloadgen run concurrent --repeat 'reports/a run'\n```\n");
    expect(summaryMarkdown(openRun, ".")).toContain("| offered a second |");
  });

  it("shows the judged sections, and folds and closes all others", () => {
    const text = summaryMarkdown(loudRun, "reports/one");
    expect(text.indexOf("## Thresholds")).toBeLessThan(text.indexOf("<details>"));
    const folds = text.match(/<details>/g)?.length ?? 0;
    expect(folds).toBe(runSections(loudRun).length - 2);
    expect(text.match(/\n<\/details>\n/g)).toHaveLength(folds);
  });

  it("keeps a message from becoming a tag or a line of its own", () => {
    const verdict = { ...quietRun.verdict, reasons: ["one", "bad <img src=x>\n# two: 1 < 2"] };
    expect(summaryMarkdown({ ...quietRun, verdict }, "reports/one")).toContain(
      "\n- and bad &lt;img src=x> # two: 1 < 2\n",
    );
  });

  it("says nothing of parts that are missing", () => {
    for (const text of [quietRun, openRun].map((run) => summaryMarkdown(run, "reports/one"))) {
      for (const absent of ["## Faults", "## Thresholds", "undefined", "null", "NaN"]) {
        expect(text).not.toContain(absent);
      }
    }
  });

  it("keeps a bar in a cell from ending it, and has no escape codes", () => {
    const text = summaryMarkdown(loudRun, "reports/one");
    expect(text).toContain("| read\\|document |");
    expect(text).not.toContain("\u001b");
  });

  it("ends with the digest, whole", () => {
    expect(summaryMarkdown(quietRun, "reports/one")).toMatch(
      /\nDecisions: `sha256:[0-9a-f]{64}`\n$/,
    );
  });
});
