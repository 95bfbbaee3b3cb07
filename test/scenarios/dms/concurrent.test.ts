import { describe, expect, it } from "vitest";
import type { Row, Step } from "../../../src/core/step.ts";
import { namesOf, stepThrough } from "../../helpers/drive.ts";
import { contextOf, plannedIn, scenarioNamed } from "../worlds.ts";

const concurrent = scenarioNamed("concurrent");
const size = { documents: 1_000, aliases: 1_000 };

/** A server where the document is there and the call leaves `unresolved` aliases. */
function serverWith(unresolved: number): (step: Step) => readonly Row[] {
  return (step) => {
    if (step.kind !== "query") return [];
    return step.statement.name === "lock-document" ? [{ locked: true }] : [{ unresolved }];
  };
}

describe("concurrent", () => {
  it("begins, locks, replaces and commits", () => {
    const [planned] = plannedIn(concurrent, size, { count: 1 });
    const { steps } = stepThrough(planned!.steps(), serverWith(0));
    expect(namesOf(steps)).toEqual(["begin", "lock-document", "insert-references", "commit"]);
  });

  it("sends a bare call that commits by itself when unlocked", () => {
    const context = contextOf(concurrent, { unlocked: true });
    const [planned] = plannedIn(concurrent, size, { count: 1, context });
    const { steps } = stepThrough(planned!.steps(), serverWith(0));
    expect(steps).toMatchObject([{ statement: { name: "insert-references" } }]);
  });

  it.each([false, true])("is refused over missing aliases (unlocked: %s)", (unlocked) => {
    const context = contextOf(concurrent, { unlocked });
    const [planned] = plannedIn(concurrent, size, { count: 1, context });
    const { steps, failure } = stepThrough(planned!.steps(), serverWith(2));
    expect(failure).toMatchObject({ kind: "refused", code: "unresolved-references" });
    expect(namesOf(steps).includes("rollback")).toBe(!unlocked);
  });

  it("is refused if the document is gone", () => {
    const [planned] = plannedIn(concurrent, size, { count: 1 });
    const { failure } = stepThrough(planned!.steps(), () => []);
    expect(failure).toMatchObject({ kind: "refused", code: "missing-document" });
  });

  it("draws 10 to 100 different aliases and sends the ones that it drew", () => {
    for (const { inputs, steps: start } of plannedIn(concurrent, size, { count: 200 })) {
      const [document, ...indexes] = inputs;
      expect(indexes.length).toBeGreaterThanOrEqual(10);
      expect(indexes.length).toBeLessThanOrEqual(100);
      expect(new Set(indexes).size).toBe(indexes.length);
      const { steps } = stepThrough(start(), serverWith(0));
      const [parents, parentKeys, ids, idKeys] = (steps[2] as Step & { kind: "query" })
        .parameters as [string[], number[], string[], number[]];
      expect(parents).toEqual(indexes.map(() => document));
      expect(parentKeys).toEqual(indexes.map(() => Number(document) % 16));
      // Ids and keys were shuffled alike.
      expect(idKeys).toEqual(ids.map((id) => Number(id.replace("alias-", "")) % 16));
    }
  });

  it("restricts itself to hot documents of different keys", () => {
    const context = contextOf(concurrent, { hot: 4 });
    const planned = plannedIn(concurrent, size, { count: 200, context });
    const documents = new Set(planned.map(({ inputs }) => Number(inputs[0])));
    expect(documents.size).toBe(4);
    expect(new Set([...documents].map((id) => id % 16)).size).toBe(4);
  });

  it("spreads hot documents over all keys before it takes a second one of any", () => {
    const context = contextOf(concurrent, { hot: 17 });
    const planned = plannedIn(concurrent, size, { count: 2_000, context });
    const documents = new Set(planned.map(({ inputs }) => Number(inputs[0])));
    expect(documents.size).toBe(17);
    expect(new Set([...documents].map((id) => id % 16)).size).toBe(16);
  });

  it("refuses more hot documents than there are, and worlds too small to draw from", () => {
    const context = contextOf(concurrent, { hot: 1_001 });
    const refusal = (reason: string) => expect.objectContaining({ code: reason }) as Error;
    expect(() => plannedIn(concurrent, size, { count: 1, context })).toThrow(
      refusal("too-few-documents"),
    );
    expect(() => plannedIn(concurrent, { ...size, aliases: 99 }, { count: 1 })).toThrow(
      refusal("too-few-aliases"),
    );
    expect(() => plannedIn(concurrent, { ...size, documents: 0 }, { count: 1 })).toThrow(
      refusal("no-documents"),
    );
  });
});
