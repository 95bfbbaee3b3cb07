import { describe, expect, it } from "vitest";
import { dms } from "../../fixtures/dms/system.ts";
import type { System } from "../../src/core/system.ts";
import {
  changedInDatabase,
  composedVariant,
  defineVariant,
  knownVariant,
} from "../../src/core/variant.ts";

const plain = defineVariant({ summary: "as it is" });

const system: System = {
  ...dms,
  strategies: {
    create: { values: ["insert", "copy"], default: "insert", onPgAlone: { copy: "it is COPY" } },
    match: { values: ["one", "page"], default: "one", onPgAlone: {} },
  },
  name: "things",
  parts: {
    beforeData: [
      { name: "tables", file: "tables.sql" },
      { name: "shards", file: "shards.sql" },
    ],
    afterData: [{ name: "keys", file: "keys.sql" }],
  },
  variants: {
    plain,
    narrow: { ...plain, replaces: { tables: "narrow.sql" }, columns: { thing: ["Id"] } },
    wide: { ...plain, replaces: { tables: "wide.sql", shards: null }, parameters: { shards: 1 } },
    sharded: { ...plain, parameters: { shards: 8 }, differs: ["It has shards."] },
    copying: { ...plain, strategies: { create: "copy" } },
    pages: { ...plain, strategies: { create: "insert", match: "page" } },
    indexed: { ...plain, adds: { keys: "more.sql" } },
    lazy: {
      ...plain,
      adds: { keys: "lazy.sql" },
      settings: { synchronous_commit: "off" },
      differs: ["It may lose commits."],
    },
  },
};

function problemsOf(names: string): readonly string[] {
  const composed = composedVariant(system, names);
  return composed.ok ? [] : composed.problems;
}

describe("variants put together", () => {
  it("are joined by + or by commas, and stored with commas", () => {
    expect(knownVariant(system, "indexed + sharded").name).toBe("sharded,indexed");
    expect(knownVariant(system, "indexed,sharded").name).toBe("sharded,indexed");
    expect(problemsOf("sharded+red")).toEqual([
      expect.stringMatching(/^things has no variant "red": .*; several make one, joined by \+$/),
    ]);
    expect(problemsOf("red")).toEqual([expect.not.stringContaining("+")]);
  });

  it("are the system's own parts where nothing is changed", () => {
    expect(knownVariant(system, "plain")).toEqual({
      name: "plain",
      beforeData: ["tables.sql", "shards.sql"],
      afterData: ["keys.sql"],
      parameters: {},
      columns: {},
      settings: {},
      strategies: { create: "insert", match: "one" },
      differs: [],
    });
  });

  it("change what each of them changes, in the system's order, however they are given", () => {
    const composed = {
      name: "narrow,sharded,indexed,lazy",
      beforeData: ["narrow.sql", "shards.sql"],
      afterData: ["keys.sql", "more.sql", "lazy.sql"],
      parameters: { shards: 8 },
      columns: { thing: ["Id"] },
      settings: { synchronous_commit: "off" },
      strategies: { create: "insert", match: "one" },
      differs: ["It has shards.", "It may lose commits."],
    };
    expect(knownVariant(system, "narrow,sharded,indexed,lazy")).toEqual(composed);
    expect(knownVariant(system, "lazy, indexed ,sharded,narrow")).toEqual(composed);
  });

  it("leave out a part that one of them does without", () => {
    expect(knownVariant(system, "wide").beforeData).toEqual(["wide.sql"]);
  });

  it("have the strategies that they set, and the system's for the others", () => {
    expect(knownVariant(system, "copying").strategies).toEqual({ create: "copy", match: "one" });
    expect(changedInDatabase(system, "plain,copying")).toEqual([]);
    expect(changedInDatabase(system, "copying,wide,lazy")).toEqual([
      "tables",
      "shards",
      "keys",
      "synchronous_commit",
    ]);
    expect(problemsOf("copying,pages")).toEqual([
      "copying and pages exclude each other: both set create",
    ]);
  });

  it("may set strategies and values that the system has", () => {
    const given = { ...plain, strategies: { create: "magic", fetch: "page", match: "page" } };
    const composed = composedVariant({ ...system, variants: { given } }, "given");
    expect(composed.ok ? [] : composed.problems).toEqual([
      'given sets create "magic", which things does not have: expected one of insert, copy',
      'given sets strategy "fetch", which things does not have: expected one of create, match',
    ]);
  });

  it("exclude each other where two change the same", () => {
    expect(problemsOf("narrow,wide,sharded")).toEqual([
      "narrow and wide exclude each other: both set tables",
      "wide and sharded exclude each other: both set shards",
    ]);
  });

  it("are known, and given once: every problem is told", () => {
    const known =
      "plain, narrow, wide, sharded, copying, pages, indexed, lazy; several make one, joined by +";
    expect(problemsOf("red,plain,,plain")).toEqual([
      `things has no variant "red": expected one of ${known}`,
      `things has no variant "": expected one of ${known}`,
      "plain is given twice: expected each variant once",
    ]);
    expect(() => knownVariant(system, "red")).toThrow('things has no variant "red"');
  });
});
