import { describe, expect, it } from "vitest";
import { planFrom } from "../../src/cli/plan.ts";
import type { RunOptions } from "../../src/cli/run-options.ts";
import { sqlScenario } from "../../src/core/sql-scenario.ts";
import { planOf, request } from "./plan-request.ts";

const url = "postgresql://me@host:5432/mine";

describe("the ledger in the plan", () => {
  it("is kept where it is asked for, and by no fault that leaves connections alone", () => {
    expect(planOf({}).ledger).toBe(false);
    expect(planOf({ ledger: true }).ledger).toBe(true);
    expect(planOf({ chaos: ["pool-limit:max=6"] }).ledger).toBe(false);
  });

  it("is as it was in a run that is repeated, unless told otherwise", () => {
    const repeated = planOf({ ledger: true });
    expect(planOf({}, { repeated }).ledger).toBe(true);
    expect(planOf({ chaos: ["pool-limit:max=6"] }, { repeated }).ledger).toBe(true);
    expect(planOf({ ledger: false }, { repeated }).ledger).toBe(false);
    expect(planOf({}, { repeated: planOf({}) }).ledger).toBe(false);
  });

  it("is not to be had in a database as it is", () => {
    const problems = planFrom(request({ existing: true, ledger: true }, { url }));
    expect(problems).toEqual({
      ok: false,
      problems: [
        "--ledger needs a table of its own, and --existing changes no schema: leave one out",
      ],
    });
    expect(planOf({ existing: true }, { url, repeated: planOf({ ledger: true }) }).ledger).toBe(
      false,
    );
  });
});

describe("a .sql file of one statement", () => {
  function plannedSql(sql: string, given: Partial<RunOptions>) {
    const scenario = sqlScenario("mine", sql);
    if (!scenario.ok) throw new Error(scenario.problems.join("; "));
    const named = { scenario: scenario.value, scenarioName: "/mine.sql", system: null };
    return planFrom(request(given, named));
  }

  it.each(["call pay();", "/* at night */ do $$ begin commit; end $$", "vacuum account"])(
    "has no ledger if it may end transactions by itself, and is told what to do: %s",
    (sql) => {
      for (const given of [{ ledger: true }, { chaos: ["kill-backends@1s"] }]) {
        expect(plannedSql(sql, given)).toMatchObject({
          ok: false,
          problems: [
            expect.stringMatching(
              /^--ledger, .*: a lone (CALL|DO|VACUUM) may .*: put it between BEGIN and COMMIT .*, or give --no-ledger$/,
            ),
          ],
        });
      }
      expect(plannedSql(sql, { chaos: ["kill-backends@1s"], ledger: false }).ok).toBe(true);
      expect(plannedSql(sql, {}).ok).toBe(true);
    },
  );

  it("has one if it says itself that it is one transaction, or is any other statement", () => {
    expect(plannedSql("begin; call pay(); commit;", { ledger: true }).ok).toBe(true);
    expect(plannedSql("merge into a using b on true", { ledger: true }).ok).toBe(true);
  });
});
