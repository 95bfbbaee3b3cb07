import { describe, expect, it } from "vitest";
import { hasContent } from "../../src/report/section.ts";
import { fixesSection, notesSection, stepsSection } from "../../src/report/sweep-sections.ts";
import { serviceSweep } from "./service-sweep.ts";
import { bendingSweep, generatorSweep, poolSweep } from "./sweep-result.ts";
import { partsOf, stepWith } from "./sweep-step.ts";

describe("the steps of a sweep", () => {
  it("have a row each, with what is known of them", () => {
    const { heading, rows, remarks } = stepsSection(poolSweep);
    expect(heading).toEqual([
      "sessions",
      "/s",
      "±",
      "p50",
      "p99",
      "busy",
      "active",
      "backends",
      "pool p50",
      "CPU",
      "waiting mostly",
    ]);
    expect(rows).toHaveLength(12);
    expect(rows[7]).toEqual([
      " 24",
      "48.2",
      "0.96",
      "498 ms",
      "697 ms",
      "5.8",
      "0.6",
      "6",
      "373 ms",
      "15 %",
      "75 % pool",
    ]);
    expect(remarks).toEqual([]);
  });

  it("leave out what nobody knows, and have a dash for what one does not", () => {
    const { heading, rows } = stepsSection(bendingSweep);
    expect(heading).not.toContain("pool p50");
    expect(heading).not.toContain("CPU");
    expect(rows[0]?.at(-1)).toBe("21 % lock dms.docume…");
    const [known] = poolSweep.steps;
    const mixed = stepsSection({
      ...poolSweep,
      steps: [known!, stepWith(2, 17, { low: 17, high: 17 })],
    });
    expect(mixed.rows[1]).toEqual([
      "2",
      "17",
      "–",
      "118 ms",
      "165 ms",
      "2.0",
      "0.3",
      "2",
      "–",
      "–",
    ]);
  });

  it("wait nowhere where hardly any session does", () => {
    const parts = partsOf([
      ["cpu", "on a core", false, 19],
      ["lock", null, true, 1],
    ]);
    const { rows } = stepsSection({ ...poolSweep, steps: [stepWith(20, 100, { parts })] });
    expect(rows[0]?.at(-1)).toBe("–");
  });

  it("tell of drift and of runs that did not pass", () => {
    expect(stepsSection(bendingSweep).remarks).toEqual([
      "NOT STEADY: throughput changed within the runs (sessions): -12 % at 32.",
    ]);
    expect(stepsSection(generatorSweep).remarks).toEqual([
      "6 runs did not pass (exit code 97): see their folders.",
    ]);
  });
});

describe("the fixes of a sweep", () => {
  it("have a row each, and what became of it with the places that are fullest then", () => {
    const { rows, remarks } = fixesSection(serviceSweep);
    expect(rows.slice(0, 2)).toEqual([
      ["none", "48", "–", "300 ms", "466 ms", "5.8", "1.7", "gate schema-lock"],
      [
        "schema=swap",
        "98.4",
        "2.05 (2.02 to 2.08)",
        "152 ms",
        "224 ms",
        "6.1",
        "2.2",
        "gate cores",
      ],
    ]);
    expect(remarks.slice(0, 2)).toEqual([
      "none: in use: schema-lock 97 %, cores 46 %, workers 20 %",
      "schema=swap: raised throughput by 105 %; in use: cores 95 %, workers 40 %",
    ]);
    expect(remarks[3]).toContain("moved the waiting, not the capacity");
  });

  it("are no section where there are none, nor are notes", () => {
    expect(hasContent(fixesSection(poolSweep))).toBe(false);
    expect(hasContent(notesSection(poolSweep))).toBe(false);
    expect(notesSection(bendingSweep).remarks).toEqual(bendingSweep.notes);
  });
});
