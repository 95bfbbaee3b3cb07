import { describe, expect, it } from "vitest";
import { Failure, type FailureKind } from "../../src/core/failure.ts";
import { outcomeOf, type OutcomeKind } from "../../src/core/outcome.ts";

const table: [FailureKind, boolean, OutcomeKind][] = [
  ["sql", false, "aborted"],
  ["sql", true, "aborted"],
  ["connection", false, "aborted"],
  ["connection", true, "unknown"],
  ["timeout", false, "aborted"],
  ["timeout", true, "unknown"],
  ["refused", false, "aborted"],
  ["refused", true, "aborted"],
];

describe("outcomeOf", () => {
  it.each(table)(
    "a failure of kind %s, committing %s, leaves it %s",
    (kind, committing, outcome) => {
      const failure = new Failure(kind, "57P01", "message", committing);
      expect(outcomeOf(failure)).toEqual({ kind: outcome, code: "57P01" });
    },
  );
});
