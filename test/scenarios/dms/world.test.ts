import { describe, expect, it } from "vitest";
import { readAliases, readDocuments, shuffledAliases } from "../../../scenarios/dms/world.ts";
import type { Row, Step } from "../../../src/core/step.ts";
import { stepThrough } from "../../helpers/drive.ts";

/** Answers a page of aliases out of `total`; alias n has key n / 1 000 000 and sorts by number. */
function aliasesOutOf(total: number): (step: Step) => readonly Row[] {
  let given = 0;
  return (step) => {
    const [, after, limit] = (step as Step & { kind: "query" }).parameters;
    expect(after).toBe(given === 0 ? "00000000-0000-0000-0000-000000000000" : `alias-${given}`);
    const length = Math.min(Number(limit), total - given);
    return Array.from({ length }, () => {
      given++;
      return { id: `alias-${given}`, key: given % 16 };
    });
  };
}

describe("reading the world", () => {
  it.each([
    [0, 1],
    [10, 1],
    [50_000, 2],
    [120_001, 3],
  ])("reads %i aliases in %i pages, each after the last one's end", (total, pages) => {
    const { steps, result } = stepThrough(readAliases(), aliasesOutOf(total));
    expect(steps).toHaveLength(pages);
    expect(result?.ids).toHaveLength(total);
    expect(result?.keys).toHaveLength(total);
  });

  it("stops at a million aliases", () => {
    const { steps, result } = stepThrough(readAliases(), aliasesOutOf(2_000_000));
    expect(steps).toHaveLength(20);
    expect(result?.ids).toHaveLength(1_000_000);
  }, 60_000);

  it("asks for 100 000 documents at the most, and refuses none", () => {
    const { steps, failure } = stepThrough(readDocuments(), () => []);
    expect(steps).toMatchObject([{ parameters: [100_000] }]);
    expect(failure).toMatchObject({ kind: "refused", code: "no-documents" });
  });

  it("shuffles aliases by the seed, each with its key", () => {
    const { result } = stepThrough(readAliases(), aliasesOutOf(1_000));
    const one = shuffledAliases(1, result!);
    expect(one.ids.map((id) => Number(id.replace("alias-", "")) % 16)).toEqual(one.keys);
    expect(shuffledAliases(1, result!)).toEqual(one);
    expect(shuffledAliases(2, result!)).not.toEqual(one);
    expect([...one.ids].sort()).toEqual([...result!.ids].sort());
  });
});
