import { describe, expect, it } from "vitest";
import { type JudgedCode, verdictOf } from "../../src/core/verdict.ts";

/** As the contract orders them. */
const precedence: readonly JudgedCode[] = [94, 96, 130, 143, 97, 95, 93, 98, 99];

const pairs = precedence.flatMap((graver, index) =>
  precedence.slice(index + 1).map((lesser) => [graver, lesser] as const),
);

describe("verdictOf", () => {
  it("passes when nothing was found, and says what was shown", () => {
    expect(verdictOf([], "all is well")).toEqual({
      status: "pass",
      exitCode: 0,
      reasons: ["all is well"],
    });
  });

  it.each(pairs)("lets %i decide over %i, whichever was found first", (graver, lesser) => {
    const findings = [
      { code: lesser, reason: "lesser" },
      { code: graver, reason: "graver" },
    ];
    for (const given of [findings, [...findings].reverse()]) {
      expect(verdictOf(given, "")).toMatchObject({
        exitCode: graver,
        reasons: ["graver", "lesser"],
      });
    }
  });

  it.each([
    [94, "fail"],
    [96, "fail"],
    [98, "fail"],
    [99, "fail"],
    [95, "invalid"],
    [97, "invalid"],
    [93, "unknown"],
    [130, "unknown"],
    [143, "unknown"],
  ] as const)("calls %i %s", (code, status) => {
    expect(verdictOf([{ code, reason: "why" }], "").status).toBe(status);
  });

  it("tells every reason, also of one code", () => {
    const findings = [
      { code: 99, reason: "first" },
      { code: 96, reason: "broken" },
      { code: 99, reason: "second" },
    ] as const;
    expect(verdictOf(findings, "").reasons).toEqual(["broken", "first", "second"]);
  });
});
