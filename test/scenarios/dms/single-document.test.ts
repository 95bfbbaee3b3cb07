import { describe, expect, it } from "vitest";
import { namesOf, stepThrough } from "../../helpers/drive.ts";
import { contextOf, plannedIn, scenarioNamed, worldOf } from "../worlds.ts";

const singleDocument = scenarioNamed("single-document");
const size = { documents: 10, aliases: 10 };

describe("single-document", () => {
  it("locks its document and replaces its references by the payload", () => {
    const [planned] = plannedIn(singleDocument, size, { count: 1 });
    const { steps } = stepThrough(planned!.steps(), (step) =>
      "statement" in step && step.statement.name === "lock-document"
        ? [{ locked: true }]
        : [{ unresolved: 0 }],
    );
    expect(namesOf(steps)).toEqual(["begin", "lock-document", "insert-references", "commit"]);
    expect(steps[2]).toMatchObject({
      parameters: [
        ["2", "2", "2"],
        [2, 2, 2],
        ["alias-1", "alias-2", "alias-3"],
        [1, 2, 3],
      ],
    });
  });

  it("sends the bare call when unlocked", () => {
    const context = contextOf(singleDocument, { unlocked: true });
    const [planned] = plannedIn(singleDocument, size, { count: 1, context });
    const { steps } = stepThrough(planned!.steps(), () => [{ unresolved: 0 }]);
    expect(steps).toMatchObject([{ statement: { name: "insert-references" } }]);
  });

  it("reads the payload of its option", () => {
    const context = contextOf(singleDocument, { payload: "heavy" });
    const { steps } = stepThrough(singleDocument.prepare(context), worldOf(size));
    expect(steps).toMatchObject([{ parameters: ["single_doc_heavy"] }]);
  });

  it("refuses a payload that the fixture was too small for", () => {
    const { failure } = stepThrough(singleDocument.prepare(contextOf(singleDocument)), () => []);
    expect(failure).toMatchObject({ kind: "refused", code: "no-payload" });
  });
});
