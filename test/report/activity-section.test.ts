import { describe, expect, it } from "vitest";
import { activitySection } from "../../src/report/activity-section.ts";
import { activityTables } from "../../src/report/activity-tables.ts";
import { quietRun } from "./run-result.ts";
import { someActivity } from "./server-activity.ts";

const serverPerTransaction = {
  ...quietRun.serverPerTransaction,
  functionUs: 7_600,
  hotShare: 0.5,
  tableBytesGrown: 5_734.4,
  indexBytesGrown: -81.92,
};

describe("where the server's work went", () => {
  const run = { ...quietRun, serverActivity: someActivity, serverPerTransaction };

  it("has statements beside their figures, and a sentence for each of the rest", () => {
    const { rows, remarks } = activitySection(run);
    expect(rows).toEqual([
      [expect.stringMatching(/^select dms.+…$/), "100", "7.7 ms", "2687", "0.7", "40.2 KB"],
    ]);
    expect(remarks).toEqual([
      "Per committed transaction: 7.6 ms in functions, tables grew by 5.6 KB, indexes by −81.9 B.",
      "Of all updates 50 % were HOT.",
      "dms.insertreferences: 100 calls of 7.7 ms, 760 ms of its own in all.",
      "dms.reference: 3 of 4 children used; the fullest has 3.64 times the average (2 before).",
      "Not known: pg_stat_wal was reset in between.",
      "Not read: pgstattuple (permission denied). What to do: ask a superuser.",
      "Not looked into: 2 relations, such as dms.big: a snapshot looks for 3 s at most.",
    ]);
  });

  it("is left out of a run that knows nothing of it", () => {
    expect(activitySection(quietRun)).toMatchObject({ rows: [], remarks: [] });
  });

  it("names no figure that is not known, and no children's fill where there are no rows", () => {
    const empty = { table: "a.b", children: 2, used: 0, rows: 0, fullestToMean: null, leaves: [] };
    const serverActivity = {
      ...someActivity,
      statements: null,
      functions: null,
      gaps: [],
      missing: [],
      leftOut: [],
      partitions: [{ table: "a.b", before: null, after: empty }],
    };
    expect(activitySection({ ...quietRun, serverActivity }).remarks).toEqual([
      "a.b: 0 of 2 children used.",
    ]);
  });
});

describe("the tables of the page", () => {
  const tables = activityTables(someActivity, 100);

  it("are those of statements, functions, tables, indexes, partitions and space", () => {
    expect(tables.map(({ title }) => title.split(/[, ]/)[0])).toEqual([
      "Statements",
      "Functions",
      "Tables",
      "Indexes",
      "Rows",
      "Dead",
    ]);
    for (const { heading, rows } of tables) {
      for (const row of rows) expect(row).toHaveLength(heading.length);
    }
    expect(tables[1]?.rows[0]?.at(-1)).toBe("7.6 ms");
    expect(tables[2]?.rows[0]?.slice(-2)).toEqual(["560 KB", "−8 KB"]);
    expect(tables[3]?.rows[0]?.slice(-2)).toEqual(["–", "52.8 %"]);
    expect(tables[4]?.rows[0]).toEqual(["dms.reference_00", "5", "50"]);
    expect(tables[5]?.rows[0]).toEqual([
      "dms.reference_00",
      "9",
      "0",
      "5 %",
      "0 %",
      "25 %",
      "80.9 %",
    ]);
  });

  it("are as long as a page takes, and say what is left out", () => {
    const [first] = someActivity.functions ?? [];
    const functions = Array.from({ length: 70 }, () => first).filter((one) => one !== undefined);
    const [, table] = activityTables({ ...someActivity, functions }, 0);
    expect(table?.rows).toHaveLength(64);
    expect(table?.rows[0]?.at(-1)).toBe("–");
    expect(table?.remarks).toEqual(["6 more: run.json has them."]);
  });
});
