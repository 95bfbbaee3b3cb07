import { describe, expect, it } from "vitest";
import { endsConnection, Failure, kindOfCode, refuse } from "../../src/core/failure.ts";

describe("endsConnection", () => {
  it.each(["08006", "08P01", "57P01", "57P02", "57P03", "57P04", "57P05", "25P03", "25P04"])(
    "%s ends it",
    (sqlstate) => expect(endsConnection(sqlstate)).toBe(true),
  );

  it.each(["57014", "40001", "25P02", "23505", "53200", ""])("%s does not", (sqlstate) =>
    expect(endsConnection(sqlstate)).toBe(false),
  );
});

describe("Failure", () => {
  it.each([
    ["sql", false],
    ["refused", false],
    ["connection", true],
    ["timeout", true],
  ] as const)("of kind %s: fatal is %s", (kind, fatal) => {
    expect(new Failure(kind, "code", "message").fatal).toBe(fatal);
  });

  it("is thrown by refuse() under its reason", () => {
    expect(() => refuse("row-count", "two rows")).toThrow(
      expect.objectContaining({ kind: "refused", code: "row-count", message: "two rows" }),
    );
  });
});

describe("the kind of a code", () => {
  it.each([
    ["57P01", "sqlstate"],
    ["40001", "sqlstate"],
    ["XX000", "sqlstate"],
    ["ECONNRESET", "transport"],
    ["EPIPE", "transport"],
    ["EAI_AGAIN", "transport"],
    ["connection-lost", "transport"],
    ["client-timeout", "transport"],
    ["no-rows", "refused"],
    ["commit-rolled-back", "refused"],
  ])("%s is %s", (code, kind) => expect(kindOfCode(code)).toBe(kind));
});
