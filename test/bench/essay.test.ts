import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { essayOf } from "../../bench/essay.ts";
import { faults } from "../../src/faults/index.ts";

const folder = resolve(import.meta.dirname, "..", "..", "src", "faults");

describe("the essay of a fault", () => {
  it("has all of its parts", () => {
    const essay = essayOf(
      "/**\n * name: what.\n *\n * What it does: one\n * and two.\n * Why it works: x. What proves it: y.\n" +
        " * What it leaves behind: nothing.\n * Privileges: none. Blast radius: host. Managed servers: no.\n */\ncode",
    );
    expect(essay["What it does"]).toBe("one and two.");
    expect(essay["Managed servers"]).toBe("no.");
  });

  it("must not lack one", () => {
    expect(() => essayOf("/**\n * What it does: one.\n */")).toThrow("Why it works");
  });

  it("is there for every fault, in the file of its name", () => {
    expect(faults.length).toBeGreaterThan(3);
    expect(readdirSync(folder)).toEqual(
      expect.arrayContaining(faults.map(({ name }) => `${name}.ts`)),
    );
    for (const { name } of faults) {
      const source = readFileSync(join(folder, `${name}.ts`), "utf8");
      expect(source).toMatch(new RegExp(`^/\\*\\*\\n \\* ${name}: `));
      expect(Object.values(essayOf(source)).every((part) => part.length > 2)).toBe(true);
    }
  });
});
