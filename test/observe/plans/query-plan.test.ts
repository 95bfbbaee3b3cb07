import { describe, expect, it } from "vitest";
import {
  queryPlanIn,
  queryPlanOf,
  statementFigures,
} from "../../../src/observe/plans/query-plan.ts";
import { messagesOf, plansOf, versions } from "./stored-plans.ts";

describe.each(versions)("a plan of PostgreSQL %i", (version) => {
  it("is read from auto_explain's message, with what it took and its triggers", () => {
    const [check, , , insert] = plansOf(version, "insert");
    expect(check?.text).toContain("FOR KEY SHARE");
    expect(insert?.text).toContain("insert into pl.part");
    expect(insert?.triggers).toMatchObject([{ relation: "part", calls: 3 }]);
    const figures = insert && statementFigures(insert);
    // It returns no row: those that it wrote count.
    expect(figures).toMatchObject({ rows: 3, walRecords: 3, walBytes: 201 });
    const inNodesUs = Number(insert?.root["Actual Total Time"]) * 1000;
    expect(figures?.timeUs).toBeCloseTo(inNodesUs + (insert?.triggers[0]?.timeUs ?? 0));
  });

  it("adds up the loops of a node: rows are given for one of them", () => {
    const inner = { "Node Type": "Index Scan", "Actual Rows": 2.5, "Actual Loops": 4 };
    const plan = queryPlanOf({ Plan: { ...inner, "Actual Total Time": 0.25 } });
    expect(plan && statementFigures(plan)).toMatchObject({ rows: 10, timeUs: 1000 });
  });

  it("is read from EXPLAIN's own rows, and kept without zeros", () => {
    const [message = ""] = messagesOf(version, "explain");
    const plan = queryPlanOf(JSON.parse(message));
    expect(plan?.text).toBeNull();
    expect(plan?.root["Shared Hit Blocks"]).toBe(2);
    expect(message).toContain('"Shared Read Blocks":0');
    expect(JSON.stringify(plan)).not.toContain("Shared Read Blocks");
  });
});

it("takes no other message for a plan", () => {
  for (const message of ["hello", "look:\n{", 'look:\n{"Plan": 3}', "look:\n[1]", 'x\n{"a": {}}']) {
    expect(queryPlanIn(message)).toBeNull();
  }
});
