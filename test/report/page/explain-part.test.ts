import { expect, it } from "vitest";
import { explainBody } from "../../../src/report/page/explain-part.ts";
import { explainedStatement } from "../../../src/run/explain/explain-statements.ts";
import { explainSummary, type ExplainPass } from "../../../src/run/explain/explained.ts";
import { plansOf, roots } from "../../observe/plans/stored-plans.ts";
import { quietRun } from "../run-result.ts";
import { hostile } from "./stored.ts";

const insert = plansOf(18, "insert");

function passOf(stored: string, isEstimated: boolean): ExplainPass {
  const plans = plansOf(18, stored).slice(-1);
  const nested = isEstimated ? [] : insert.slice(0, -1);
  const one = { name: hostile, text: hostile, isEstimated, plans, nested };
  const statements = [explainedStatement(one, roots)];
  const operations = { [hostile]: { statements, problem: hostile } };
  return { takenAt: "", tookMs: 1, way: "auto_explain", isReadOnly: isEstimated, operations };
}

function bodyOf(before: ExplainPass, after: ExplainPass | null): string {
  const explain = explainSummary([hostile], { before, after });
  const explained = { schema: "loadgen.explain/1" as const, before, after };
  return explainBody({ ...quietRun, explain }, explained)
    .map(({ markup }) => markup)
    .join("\n");
}

it("has both trees, with what each node took, nested statements below, and no name as markup", () => {
  const body = bodyOf(passOf("insert", false), passOf("lookup-one-index", false));
  expect(body).toContain(": its plan changed</summary>");
  expect(body).toMatch(/Insert on part\s*<small>\d+ us, 3 rows, 53 buffers, 201 B WAL<\/small>/);
  expect(body).toContain("Of it in triggers, foreign keys included: 314 us.");
  expect(body).toContain("Seq Scan on thing (2 partitions)");
  expect(body).toMatch(/class="nested">[\s\S]*FROM &quot;pl&quot;.*× 3: /);
  expect(body).not.toContain("<img");
});

it("says what was planned only, and what is not there", () => {
  const body = bodyOf(passOf("lookup", true), null);
  expect(body).toContain("planned only");
  expect(body).not.toContain("<small>");
  expect(body).toContain("Not explained.");
  expect(explainBody(quietRun, null)).toEqual([]);
});
