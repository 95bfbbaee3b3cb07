import { describe, expect, it } from "vitest";
import type { Row, Step } from "../../../src/core/step.ts";
import { namesOf, stepThrough } from "../../helpers/drive.ts";
import { plannedIn, scenarioNamed } from "../worlds.ts";

const batch = scenarioNamed("batch-1000");

/** A server that locks `locked` documents, and resolves every alias. */
function serverLocking(locked: number): (step: Step) => readonly Row[] {
  return (step) => {
    if (step.kind !== "query") return [];
    const isLock = step.statement.name === "lock-documents";
    return isLock ? Array.from({ length: locked }, () => ({ locked: true })) : [{ unresolved: 0 }];
  };
}

function stepsOf(size: { documents: number; aliases: number }) {
  const [planned] = plannedIn(batch, size, { count: 1 });
  return stepThrough(planned!.steps(), serverLocking(1_000)).steps;
}

describe("batch-1000", () => {
  it("locks all documents at once and then calls for each", () => {
    expect(namesOf(stepsOf({ documents: 2_000, aliases: 20_000 }))).toEqual([
      "begin",
      "lock-documents",
      ...Array.from({ length: 1_000 }, () => "insert-references"),
      "commit",
    ]);
  });

  it("gives each document its own window of 20 aliases, without its own", () => {
    const calls = stepsOf({ documents: 1_000, aliases: 20_000 }).slice(2, -1);
    calls.forEach((step, index) => {
      const [parents, , ids] = (step as Step & { kind: "query" }).parameters as string[][];
      expect(new Set(parents)).toEqual(new Set([String(index + 1)]));
      // Alias 1 is document 1's own; no other window meets its owner.
      const first = index === 0 ? 2 : index * 20 + 1;
      expect(ids).toEqual(Array.from({ length: 20 }, (_, place) => `alias-${first + place}`));
    });
  });

  it("starts again from the front where aliases run out", () => {
    const calls = stepsOf({ documents: 1_000, aliases: 1_000 }).slice(2, -1);
    const [, , ids] = (calls[50] as Step & { kind: "query" }).parameters as string[][];
    expect(ids?.[0]).toBe("alias-1");
  });

  it("rolls back if a document is gone", () => {
    const [planned] = plannedIn(batch, { documents: 1_000, aliases: 1_000 }, { count: 1 });
    const { steps, failure } = stepThrough(planned!.steps(), serverLocking(999));
    expect(failure).toMatchObject({ kind: "refused", code: "missing-document" });
    expect(namesOf(steps)).toEqual(["begin", "lock-documents", "rollback"]);
  });

  it.each([
    [{ documents: 999, aliases: 1_000 }, "batch-1000 needs 1000 documents, there are 999"],
    [{ documents: 1_000, aliases: 999 }, "batch-1000 needs 1000 aliases, there are 999"],
  ])("refuses a world of %o", (size, message) => {
    expect(() => plannedIn(batch, size, { count: 1 })).toThrow(message);
  });
});
