import { expect, it } from "vitest";
import { storesSection } from "../../src/report/stores-section.ts";
import { quietRun } from "./run-result.ts";

const counts = { asked: 400, hits: 300, stale: 3, remembered: 120, heard: 9, told: 7, emptied: 0 };

it("the section on what sessions remembered shows how often it helped, and was wrong", () => {
  expect(storesSection(quietRun).rows).toEqual([]);
  const ids = { ...counts, entries: 50, bytes: 2_000 };
  const never = { ...counts, asked: 0, hits: 0, stale: 0, emptied: 2, entries: 0, bytes: 0 };
  const { rows, remarks } = storesSection({ ...quietRun, stores: { ids, never } });
  expect(rows).toEqual([
    ["ids", "400", "75 %", "3 (1 %)", "120", "7", "50", "40"],
    ["never", "0", "–", "0 (–)", "120", "7", "0", "–"],
  ]);
  expect(remarks).toEqual([expect.stringContaining("never was emptied 2 times")]);
});
