import { describe, expect, it } from "vitest";
import { impactSection } from "../../src/report/impact-section.ts";
import type { Impact } from "../../src/run/impact.ts";
import { impact } from "./impact.ts";
import { loudRun } from "./loud-run.ts";
import { quietRun } from "./run-result.ts";

function section(given: Partial<Impact> = {}) {
  const [fault] = loudRun.faults;
  if (fault === undefined) throw new Error("no fault");
  const felt = { ...fault, text: "crash@10s+1s", impact: { ...impact, ...given } };
  return impactSection({ ...quietRun, faults: [felt] });
}

describe("the section on impact", () => {
  it("has each fault's throughput and tail before, during and after it", () => {
    const { heading, rows } = section();
    expect(heading.join("|")).toBe(
      "fault|/s before|/s during|/s after|p99 before|p99 during|p99 after",
    );
    expect(rows).toEqual([
      ["crash@10s+1s", "1000", "250 (25 %)", "950 (95 %)", "8 ms", "80 ms (1000 %)", "–"],
    ]);
  });

  it("says when it was felt, how soon it was over, and what went wrong meanwhile", () => {
    expect(section().remarks).toEqual([
      "crash@10s+1s: felt after 0.26 s, recovered 1.31 s after its release; " +
        "during it 7 reconnects (3.5 s of session time lost), failed attempts to reconnect 57P03 × 12, " +
        "SQL errors 40001 × 2, 57P01 × 5, transport errors ECONNRESET × 2, refused by the scenario no-rows × 1; " +
        "after it 1 reconnect (0.04 s of session time lost).",
      "Recovered: throughput at 90 % and p99 at 150 % of before, or better, for 3 s.",
    ]);
  });

  it.each<[Impact["recovered"], string]>([
    [{ state: "recovered", afterMs: 0 }, "recovered as soon as it was released"],
    [{ state: "not-recovered", withinMs: 18_000 }, "NOT RECOVERED in the 18 s after its release"],
    [{ state: "unknown", why: "too-short" }, "recovery unknown (less than 3 s were left after it)"],
  ])("tells how recovery went: %j", (recovered, text) => {
    expect(section({ recovered }).remarks[0]).toContain(`, ${text}; during it`);
  });

  it("tells what was not felt, and what cannot be told", () => {
    expect(section({ felt: { state: "never" } }).remarks[0]).toContain(": never felt, ");
    const standing = section({
      ...{ tail: null, baseline: null, recovery: null, felt: { state: "unknown" } },
      recovered: { state: "unknown", why: "no-baseline" },
      fault: { ...impact.fault, tailUs: null, throughputRatio: null, p50Ratio: null },
    });
    expect(standing.heading.slice(4)).toEqual(["p50 before", "p50 during", "p50 after"]);
    expect(standing.rows).toEqual([["crash@10s+1s", "–", "250", "–", "–", "4 ms", "–"]]);
    expect(standing.remarks).toHaveLength(1);
    expect(standing.remarks[0]).toContain("nothing to tell by whether it was felt");
  });

  it("has nothing to say of faults that never came", () => {
    expect(impactSection(quietRun)).toMatchObject({ rows: [], remarks: [] });
  });
});
