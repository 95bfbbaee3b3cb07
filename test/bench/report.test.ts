import { describe, expect, it } from "vitest";
import { Report } from "../../bench/report.ts";

describe("the report of the bench", () => {
  it("prints as it goes, and keeps tables and notes for its file", () => {
    const [printed, progressed]: [string[], string[]] = [[], []];
    const report = new Report(
      (line) => printed.push(line),
      (line) => progressed.push(line),
    );
    report.progress("loading");
    report.table("recording", ["what"]).row(["Histogram.record"]);
    report.note("k6 is left out");
    expect(printed).toEqual(["\nrecording", "what", "Histogram.record", "! k6 is left out"]);
    expect(progressed).toEqual(["· loading"]);
    const markdown = report.markdown({ node: "20.20.2" });
    expect(markdown).toContain("- node: 20.20.2\n");
    expect(markdown).toContain("| Histogram.record |");
    expect(markdown).toContain("## Notes\n\n- k6 is left out\n");
    expect(markdown).not.toContain("loading");
  });
});
