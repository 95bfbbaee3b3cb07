import { describe, expect, it } from "vitest";
import type { AnyResult } from "../../src/run/result.ts";
import type { Soaked } from "../../src/run/soak.ts";
import { hasContent } from "../../src/report/section.ts";
import { soakSection } from "../../src/report/soak-section.ts";
import { quietRun } from "./run-result.ts";

const steady = { kind: "levels-off" as const, level: 2048, growth: 0 };
const judged: Soaked = {
  ...{ table: "dms.reference", kind: "judged", cycles: 7 },
  deadTuples: { kind: "levels-off", level: 1234, growth: 0.01 },
  tableBytes: { kind: "grows", level: 1024 * 1024, growth: 0.125 },
  indexBytes: steady,
};
const few: Soaked = {
  ...{ table: "dms.alias", kind: "not-judged", cycles: 1, needed: 3 },
  ...{ vacuums: 2, deadTuplesFirst: 17, deadTuplesLast: 23_456 },
};
const none: Soaked = { ...few, table: "dms.document", cycles: 0, vacuums: 0 };

function sectionOf(soak: readonly Soaked[], lengthMs: number) {
  const run: AnyResult = quietRun;
  return soakSection({ ...run, soak, transactions: { ...run.transactions, lengthMs } });
}

describe("the soak in a report", () => {
  it("says of each table whether it levels off or grows, and how that was judged", () => {
    const { rows, remarks } = sectionOf([judged, few, none], 10_000);
    expect(rows).toEqual([
      [
        ...["dms.reference", "7", "levels off at 1 234"],
        ...["still grows by 12.5 % a cycle, at 1 MB", "levels off at 2 KB"],
      ],
      ["dms.alias", "1", "too short to say", "too short to say", "too short to say"],
      ["dms.document", "0", "no vacuum", "no vacuum", "no vacuum"],
    ]);
    expect(remarks).toEqual([
      "dms.alias: 1 whole vacuum cycle, and it takes 3.",
      "dms.document: no vacuum of it ended in this time, in which its dead rows went from 17 to 23 456.",
      expect.stringMatching(/^Judged by the later half of the cycles/),
    ]);
  });

  it("is left out of a short run without a cycle, and says so of a long one", () => {
    expect(hasContent(sectionOf([none], 179_999))).toBe(false);
    expect(sectionOf([none], 180_000).remarks).toHaveLength(1);
    expect(sectionOf([{ ...few, cycles: 0 }], 180_000).remarks).toEqual([
      "dms.alias: 0 whole vacuum cycles, and it takes 3.",
    ]);
  });
});
