import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { holm } from "../../src/statistics/holm.ts";
import { pooledSpread } from "../../src/statistics/spread.ts";
import { standardErrors, twoSidedP } from "../../src/statistics/students-t.ts";

describe("Student's t distribution", () => {
  // From the table in every textbook, such as NIST's handbook, section 1.3.6.7.2.
  it.each([
    [1, 12.706],
    [4, 2.776],
    [14, 2.145],
    [30, 2.042],
  ])("with %i degrees of freedom has 95 %% within %d standard errors", (freedom, errors) => {
    expect(standardErrors(0.95, freedom)).toBeCloseTo(errors, 3);
    expect(twoSidedP(errors, freedom)).toBeCloseTo(0.05, 4);
    expect(twoSidedP(-errors, freedom)).toBeCloseTo(0.05, 4);
  });

  it("gives no distance a chance of 1", () => {
    expect(twoSidedP(0, 3)).toBeCloseTo(1, 6);
  });
});

describe("Holm's correction", () => {
  it("multiplies the smallest by all, the next by one less, and never falls", () => {
    expect(holm([0.04, 0.01, 0.03, 0.5])).toEqual([0.09, 0.04, 0.09, 0.5]);
  });

  it("never makes a p smaller, keeps their order, and ends at 1", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true })), (values) => {
        const corrected = holm(values);
        for (const [index, p] of values.entries()) {
          expect(corrected[index]).toBeGreaterThanOrEqual(p);
          expect(corrected[index]).toBeLessThanOrEqual(1);
          for (const [other, q] of values.entries()) {
            if (p < q) expect(corrected[index]).toBeLessThanOrEqual(corrected[other] ?? 0);
          }
        }
      }),
    );
  });
});

describe("the spread of equal values", () => {
  it("is pooled over groups, each around its own mean", () => {
    expect(pooledSpread([[1, 3], [10, 12, 14], [100]])).toEqual({
      deviation: Math.sqrt((2 + 8) / 3),
      degreesOfFreedom: 3,
    });
  });

  it("is not known from single values", () => {
    expect(pooledSpread([[1], [2], []])).toEqual({ deviation: 0, degreesOfFreedom: 0 });
  });
});
