import { describe, expect, it } from "vitest";
import { Failure } from "../../../src/core/failure.ts";
import type { Row, Step } from "../../../src/core/step.ts";
import { namesOf, stepThrough } from "../../helpers/drive.ts";
import { contextOf, plannedIn, scenarioNamed } from "../worlds.ts";

const mixed = scenarioNamed("mixed");
const size = { documents: 1_000, aliases: 1_000 };

type Answers = Readonly<Record<string, readonly Row[] | Failure>>;

/** Steps through the first transaction of an operation; statements without an answer return no row. */
function stepsOf(operation: string, answers: Answers) {
  const context = contextOf(mixed, { weights: { [operation]: 1 } });
  const [planned] = plannedIn(mixed, size, { count: 1, context });
  expect(planned?.operation).toBe(operation);
  const { steps, failure } = stepThrough(planned!.steps(), (step: Step) =>
    "statement" in step ? (answers[step.statement.name] ?? []) : [],
  );
  return { names: namesOf(steps), failure };
}

const locked = [{ locked: true }];
const forbidden = new Failure("sql", "23503", "still referenced");

describe("mixed", () => {
  it.each(["read-document", "reverse-lookup-by-id", "reverse-lookup-by-uuid"])(
    "does a %s in a transaction, whether it finds something or not",
    (operation) => {
      const expected = { names: ["begin", operation, "commit"], failure: undefined };
      expect(stepsOf(operation, {})).toEqual(expected);
      expect(stepsOf(operation, { [operation]: [{}] })).toEqual(expected);
    },
  );

  it("replaces references as concurrent does", () => {
    const answers = { "lock-document": locked, "insert-references": [{ unresolved: 0 }] };
    expect(stepsOf("replace-references", answers).names).toEqual([
      "begin",
      "lock-document",
      "insert-references",
      "commit",
    ]);
  });

  it("replaces nothing where the document is gone", () => {
    expect(stepsOf("replace-references", {}).names).toEqual(["begin", "lock-document", "commit"]);
  });

  it("accepts unresolved references only if an alias really is gone", () => {
    const answers = { "lock-document": locked, "insert-references": [{ unresolved: 1 }] };
    const gone = { ...answers, "count-missing-aliases": [{ missing: 1 }] };
    expect(stepsOf("replace-references", gone).names.slice(-2)).toEqual([
      "count-missing-aliases",
      "commit",
    ]);
    const lie = { ...answers, "count-missing-aliases": [{ missing: 0 }] };
    expect(stepsOf("replace-references", lie).failure).toMatchObject({
      kind: "refused",
      code: "unresolved-references",
    });
  });

  it("deletes behind a savepoint", () => {
    expect(stepsOf("delete-document", { "lock-document-by-uuid": locked }).names).toEqual([
      "begin",
      "savepoint",
      "lock-document-by-uuid",
      "delete-document",
      "commit",
    ]);
  });

  it("finds out who refers to a document that it may not delete", () => {
    const answers = { "lock-document-by-uuid": locked, "delete-document": forbidden };
    expect(stepsOf("delete-document", answers).names).toEqual([
      "begin",
      "savepoint",
      "lock-document-by-uuid",
      "delete-document",
      "rollback-to-savepoint",
      "reverse-lookup-by-uuid",
      "commit",
    ]);
  });

  it("deletes nothing where the document is gone already", () => {
    expect(stepsOf("delete-document", {}).names).toEqual([
      "begin",
      "savepoint",
      "lock-document-by-uuid",
      "commit",
    ]);
  });

  it("follows the weights, and sends four operations in five to a fifth of the documents", () => {
    const planned = plannedIn(mixed, size, { count: 5_000 });
    const share = (name: string) =>
      planned.filter(({ operation }) => operation === name).length / planned.length;
    expect(share("read-document")).toBeCloseTo(0.4, 1);
    expect(share("replace-references")).toBeCloseTo(0.43, 1);
    expect(share("delete-document")).toBeCloseTo(0.02, 1);
    const counts = new Map<string, number>();
    for (const { inputs } of planned) {
      counts.set(String(inputs[0]), (counts.get(String(inputs[0])) ?? 0) + 1);
    }
    const busiest = [...counts.values()].sort((one, other) => other - one).slice(0, 200);
    const share80 = busiest.reduce((sum, count) => sum + count, 0) / planned.length;
    expect(share80).toBeGreaterThan(0.78);
    expect(share80).toBeLessThan(0.85);
  });

  it("refuses weights that add up to nothing, and fewer documents than it can divide by five", () => {
    const context = contextOf(mixed, { weights: { "read-document": 0 } });
    expect(() => plannedIn(mixed, size, { count: 1, context })).toThrow("weight above 0");
    expect(() => plannedIn(mixed, { ...size, documents: 4 }, { count: 1 })).toThrow("5 documents");
  });
});

describe("what mixed says that it has written", () => {
  function returned(operation: string, answers: Answers) {
    const context = contextOf(mixed, { weights: { [operation]: 1 } });
    const [planned] = plannedIn(mixed, size, { count: 1, context });
    const { result } = stepThrough(planned!.steps(), (step: Step) =>
      "statement" in step ? (answers[step.statement.name] ?? []) : [],
    );
    return { result, writes: planned?.writes, inputs: planned?.inputs };
  }

  it("is what a replacement drew, if it found its document", () => {
    const answers = { "lock-document": locked, "insert-references": [{ unresolved: 0 }] };
    const { result, writes, inputs } = returned("replace-references", answers);
    expect(result).toBe(true);
    expect(writes?.map(({ key }) => key)).toEqual([inputs?.[0]]);
    expect(writes?.[0]?.value()).toHaveLength((inputs?.length ?? 0) - 1);
    expect(returned("replace-references", {}).result).toBe(false);
  });

  it("is a removal, if it deleted the document", () => {
    const { result, writes } = returned("delete-document", { "lock-document-by-uuid": locked });
    expect(result).toBe(true);
    expect(writes?.[0]?.value()).toBeNull();
    expect(returned("delete-document", {}).result).toBe(false);
    const answers = { "lock-document-by-uuid": locked, "delete-document": forbidden };
    expect(returned("delete-document", answers).result).toBe(false);
  });

  it("is nothing where it reads", () => {
    expect(returned("read-document", {}).writes).toEqual([]);
  });
});
