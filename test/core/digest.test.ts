import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decisionText, Digest } from "../../src/core/digest.ts";
import type { Planned } from "../../src/core/scenario.ts";

function digestOf(texts: readonly string[]): string {
  const digest = new Digest();
  for (const text of texts) digest.add(createHash("sha256").update(text).digest());
  return digest.toString();
}

function planned(operation: string, inputs: readonly (string | number)[]): Planned {
  return {
    operation,
    inputs,
    steps: function* () {
      yield { kind: "commit" };
    },
  };
}

describe("Digest", () => {
  it("is the hash itself for a single decision", () => {
    const hash = createHash("sha256").update("one").digest("hex");
    expect(digestOf(["one"])).toBe(`sha256:${hash}`);
  });

  it("does not depend on the order in which decisions arrive", () => {
    const texts = fc.uniqueArray(fc.string(), { minLength: 2, maxLength: 20 });
    fc.assert(
      fc.property(texts, fc.nat(), (given, turn) => {
        const cut = turn % given.length;
        const turned = [...given.slice(cut), ...given.slice(0, cut)].reverse();
        expect(digestOf(turned)).toBe(digestOf(given));
      }),
    );
  });

  it("notices a decision that is missing, and one that differs", () => {
    const all = ["a", "b", "c"];
    expect(digestOf(["a", "b"])).not.toBe(digestOf(all));
    expect(digestOf(["a", "b", "d"])).not.toBe(digestOf(all));
  });
});

describe("decisionText", () => {
  it("differs by session, number, operation and each input", () => {
    const texts = [
      decisionText(1, 2, planned("read", [3, "x"])),
      decisionText(2, 2, planned("read", [3, "x"])),
      decisionText(1, 3, planned("read", [3, "x"])),
      decisionText(1, 2, planned("write", [3, "x"])),
      decisionText(1, 2, planned("read", [4, "x"])),
      decisionText(1, 2, planned("read", ["3", "x"])),
      decisionText(1, 2, planned("read", [3, "x", 0])),
    ];
    expect(new Set(texts).size).toBe(texts.length);
  });
});
