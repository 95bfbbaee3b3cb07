import { expect, it } from "vitest";
import {
  explainedStatement,
  mergedStatements,
} from "../../../src/run/explain/explain-statements.ts";
import { explainSummary, type ExplainPass } from "../../../src/run/explain/explained.ts";
import { plansOf, roots } from "../../observe/plans/stored-plans.ts";

function sent(stored: string) {
  const plans = plansOf(18, stored);
  const performance = { name: "find", text: "the text", isEstimated: false };
  return explainedStatement(
    { ...performance, plans: plans.slice(-1), nested: plans.slice(0, -1) },
    roots,
  );
}

function passOf(operations: ExplainPass["operations"]): ExplainPass {
  return { takenAt: "", tookMs: 1, way: "auto_explain", isReadOnly: false, operations };
}

const lookup = { statements: mergedStatements([sent("lookup"), sent("lookup")]), problem: null };

it("makes one of what was sent again, and keeps nested statements below the one that sent them", () => {
  expect(lookup.statements).toHaveLength(1);
  expect(lookup.statements[0]).toMatchObject({ times: 2, plans: [{ times: 2 }], nested: [] });
  const [insert] = mergedStatements([sent("insert"), sent("insert")]);
  expect(insert?.nested).toMatchObject([{ times: 6, figures: { rows: 6 } }]);
  expect(insert?.nested[0]?.name).toMatch(/^"SELECT 1 FROM ONLY|^"SELECT 1 FROM "pl"/);
});

it("compares what was explained before and after, operation by operation", () => {
  const after = { statements: [sent("lookup-without-index")], problem: "it sends more" };
  const never = { statements: [], problem: "not one is of it" };
  const summary = explainSummary(["same", "changed", "never", "missing"], {
    before: passOf({ same: lookup, changed: lookup, never }),
    after: passOf({ same: lookup, changed: after, never }),
  });
  expect(summary.same).toMatchObject({ planChanged: [], problems: [] });
  expect(summary.changed?.planChanged).toEqual([
    "find: Index Scan using thing_pkey on thing became Seq Scan on thing",
  ]);
  expect(summary.changed?.problems).toEqual(["after: it sends more"]);
  expect(summary.changed?.before?.buffersHit).toBe(22);
  expect(summary.never).toMatchObject({ before: null, after: null, planChanged: null });
  expect(summary.never?.problems).toHaveLength(2);
  expect(summary.missing).toMatchObject({ before: null, planChanged: null, problems: [] });
});

it("says nothing of a change where nobody saw a plan", () => {
  const blind = { ...sent("lookup"), plans: [] };
  const pass = passOf({ blind: { statements: [blind], problem: null } });
  const summary = explainSummary(["blind"], { before: pass, after: pass });
  expect(summary.blind?.planChanged).toBeNull();
});

it("says nothing of a change where there is no second time", () => {
  const summary = explainSummary(["same"], { before: passOf({ same: lookup }), after: null });
  expect(summary.same).toMatchObject({ after: null, planChanged: null });
});
