import { describe, expect, it } from "vitest";
import { frozen } from "../../src/core/plan.ts";

describe("frozen", () => {
  it("freezes through and through and returns the same value", () => {
    const plan = { faults: [{ parameters: { max: 6 } }], url: null };
    expect(frozen(plan)).toBe(plan);
    expect(() => (plan.faults[0]!.parameters.max = 7)).toThrow(TypeError);
    expect(() => plan.faults.push({ parameters: { max: 8 } })).toThrow(TypeError);
  });
});
