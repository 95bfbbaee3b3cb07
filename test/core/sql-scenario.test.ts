import { describe, expect, it } from "vitest";
import { transactionStream } from "../../src/core/random.ts";
import type { Context, Scenario } from "../../src/core/scenario.ts";
import { sqlScenario } from "../../src/core/sql-scenario.ts";
import { namesOf, stepThrough } from "../helpers/drive.ts";

const context: Context = {
  seed: 1,
  sessions: 1,
  isolation: "read-committed",
  holdMs: 0,
  strategies: {},
  options: {},
};

function scenarioOf(text: string): Scenario {
  const scenario = sqlScenario("transfer", text);
  if (!scenario.ok) throw new Error(scenario.problems.join("; "));
  return scenario.value;
}

function drawn(scenario: Scenario, number: number, given = context) {
  return scenario.draw(transactionStream(1, "measured", 0, number), null, given, 0);
}

const twoStatements = `
  \\set id random(1, 1000)
  \\set amount random(-10, 10)
  update account set balance = balance + :amount where id = :id;
  insert into history values (:id);`;

describe("the scenario of a .sql file", () => {
  it("needs no system, has one operation, and may not abort", () => {
    expect(scenarioOf("select 1")).toMatchObject({
      name: "transfer",
      system: null,
      operations: ["transfer"],
      defaults: { sessions: 1, thinkMs: [0, 0] },
      thresholds: { aborted: ["count == 0"] },
    });
  });

  it("draws the same for the same transaction, and other values for others", () => {
    const scenario = scenarioOf(twoStatements);
    const inputs = [0, 1, 2, 3].map((number) => drawn(scenario, number).inputs);
    expect([0, 1, 2, 3].map((number) => drawn(scenario, number).inputs)).toEqual(inputs);
    expect(new Set(inputs.map(String)).size).toBe(4);
    for (const [id, amount] of inputs) {
      expect(id).toSatisfy(
        (value: number) => Number.isInteger(value) && value >= 1 && value <= 1000,
      );
      expect(amount).toSatisfy((value: number) => value >= -10 && value <= 10);
    }
  });

  it("makes one transaction of several statements, with the drawn values", () => {
    const planned = drawn(scenarioOf(twoStatements), 7);
    const [id, amount] = planned.inputs;
    const { steps } = stepThrough(planned.steps(), () => []);
    expect(namesOf(steps)).toEqual(["begin", "transfer-1", "transfer-2", "commit"]);
    expect(steps.slice(1, 3)).toMatchObject([{ parameters: [amount, id] }, { parameters: [id] }]);
  });

  it("repeats the same values in another attempt", () => {
    const planned = drawn(scenarioOf(twoStatements), 7);
    const attempts = [0, 1].map(() => stepThrough(planned.steps(), () => []).steps);
    expect(attempts[1]).toEqual(attempts[0]);
  });

  it("sends a single statement alone, as its own commit", () => {
    const { steps } = stepThrough(drawn(scenarioOf("select 1;"), 0).steps(), () => []);
    expect(steps).toMatchObject([{ kind: "query", parameters: [] }]);
  });

  it("sends a single statement in a transaction if BEGIN and COMMIT stand around it", () => {
    const { steps } = stepThrough(drawn(scenarioOf("begin;select 1;end"), 0).steps(), () => []);
    expect(namesOf(steps)).toEqual(["begin", "transfer-1", "commit"]);
  });

  it("holds its connection before the end, with one statement and with several", () => {
    const held = { ...context, holdMs: 100 };
    const kinds = (text: string) =>
      stepThrough(drawn(scenarioOf(text), 0, held).steps(), () => []).steps.map(({ kind }) => kind);
    expect(kinds("select 1")).toEqual(["pause", "query"]);
    expect(kinds("select 1; select 2")).toEqual(["begin", "execute", "execute", "pause", "commit"]);
  });

  it("keeps the spacing inside strings", () => {
    const { steps } = stepThrough(drawn(scenarioOf("select 'a  b'"), 0).steps(), () => []);
    expect(steps).toMatchObject([{ statement: { sql: "select 'a  b'" } }]);
  });

  it("tells what is wrong with the file", () => {
    expect(sqlScenario("transfer", "select :id")).toMatchObject({ ok: false });
  });
});
