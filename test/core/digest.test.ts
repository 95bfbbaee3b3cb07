import { hash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decisionText, Digest } from "../../src/core/digest.ts";
import type { Planned } from "../../src/core/scenario.ts";

function digestOver(texts: readonly string[]): Digest {
  const digest = new Digest();
  for (const text of texts) digest.add(hash("sha256", text, "binary"));
  return digest;
}

function digestOf(texts: readonly string[]): string {
  return digestOver(texts).toString();
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
    expect(digestOf(["one"])).toBe(`sha256:${hash("sha256", "one")}`);
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

  it("is the same whoever decided what, once all have been merged", () => {
    const texts = fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(texts, fc.nat(), (given, turn) => {
        const cut = turn % given.length;
        const digest = digestOver(given.slice(0, cut));
        digest.merge(digestOver(given.slice(cut)));
        expect(digest.toString()).toBe(digestOf(given));
      }),
    );
  });

  it("stays as it is where nothing was decided elsewhere", () => {
    const digest = digestOver(["a"]);
    digest.merge(new Digest());
    expect(digest.toString()).toBe(digestOf(["a"]));
  });

  it("comes back from its text, and goes on from there", () => {
    const digest = Digest.from(digestOf(["a", "b"]));
    digest.merge(Digest.from(digestOf(["c"])));
    expect(digest.toString()).toBe(digestOf(["a", "b", "c"]));
    expect(Digest.from(new Digest().toString()).toString()).toBe(new Digest().toString());
  });

  it.each([
    ["empty", ""],
    ["without its prefix", "0".repeat(64)],
    ["too short", `sha256:${"0".repeat(63)}`],
    ["too long", `sha256:${"0".repeat(65)}`],
    ["in capitals", `sha256:${"A".repeat(64)}`],
    ["of another hash", `sha512:${"0".repeat(64)}`],
  ])("does not come from a text that is %s", (_, text) => {
    expect(() => Digest.from(text)).toThrow(TypeError);
  });
});

describe("decisionText", () => {
  it("differs by session, number, operation and each input, and from that of an arrival", () => {
    const texts = [
      decisionText("arrival", 2, planned("read", [3, "x"])),
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
