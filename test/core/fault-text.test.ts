import { describe, expect, it } from "vitest";
import { checkParameters, parseFaultText } from "../../src/core/fault-text.ts";

describe("parseFaultText", () => {
  it("reads name, parameters, start and length", () => {
    expect(parseFaultText("pool-limit:max=6,step=500ms@10s+20s")).toEqual({
      ok: true,
      value: {
        text: "pool-limit:max=6,step=500ms@10s+20s",
        name: "pool-limit",
        given: { max: "6", step: "500ms" },
        startMs: 10_000,
        lengthMs: 20_000,
      },
    });
  });

  it.each([
    ["autovacuum-pause", null, null],
    ["autovacuum-pause@10s", 10_000, null],
    ["autovacuum-pause@0s+500ms", 0, 500],
  ])("reads the times of %s", (text, startMs, lengthMs) => {
    expect(parseFaultText(text)).toMatchObject({ ok: true, value: { startMs, lengthMs } });
  });

  it.each([
    ["", "is not the name of a fault"],
    ["Pool", "is not the name of a fault"],
    ["pool-limit:", "expected key=value"],
    ["pool-limit:max", "expected key=value"],
    ["pool-limit:max=", "expected key=value"],
    ["pool-limit:max=1=2", "expected key=value"],
    ["pool-limit:max=1,max=2", "max is given twice"],
    ["pool-limit:max=1:min=2", 'only one ":"'],
    ["pool-limit@", "start"],
    ["pool-limit@10", "a whole number with its unit (ms, s, m or h)"],
    ["pool-limit@10s+", "length"],
    ["pool-limit@10s+0s", "more than 0"],
    ["pool-limit@10s+5s+5s", 'only one "@" and one "+"'],
    ["pool-limit@10s@20s", 'only one "@" and one "+"'],
  ])("rejects %j and says: %s", (text, expected) => {
    const read = parseFaultText(text);
    expect(read.ok ? [] : read.problems).toEqual([expect.stringContaining(expected)]);
  });

  it("names every problem of a text, each with the text", () => {
    const read = parseFaultText("Pool:max@ten+0s");
    const problems = read.ok ? [] : read.problems;
    expect(problems).toHaveLength(4);
    for (const problem of problems) expect(problem).toContain('fault "Pool:max@ten+0s"');
  });

  it("does not take a parameter's name from the language's own objects", () => {
    expect(parseFaultText("pool-limit:constructor=1")).toMatchObject({
      ok: true,
      value: { given: { constructor: "1" } },
    });
  });
});

describe("checkParameters", () => {
  const limits = {
    max: { unit: "connections", min: 1, max: 1000, default: null, help: "how many at a time" },
    ramp: { unit: "ms", min: 0, max: 60_000, default: 100, help: "how long it takes to close" },
  };
  const check = (given: Record<string, string>) => checkParameters("pool-limit", given, limits);

  it("fills in defaults and takes lengths of time where the unit is ms", () => {
    expect(check({ max: "6" })).toEqual({ ok: true, value: { max: 6, ramp: 100 } });
    expect(check({ max: "6", ramp: "2s" })).toEqual({ ok: true, value: { max: 6, ramp: 2000 } });
    expect(check({ max: "6", ramp: "250" })).toEqual({ ok: true, value: { max: 6, ramp: 250 } });
  });

  it.each([
    [{ ramp: "0" }, "max is missing"],
    [{ max: "0" }, "from 1 to 1000"],
    [{ max: "1001" }, "from 1 to 1000"],
    [{ max: "6s" }, "a whole number of connections"],
    [{ max: "six" }, "a whole number of connections"],
    [{ max: "-6" }, "a whole number of connections"],
    [{ max: "6", ramp: "2m" }, "from 0 to 60000"],
    [{ max: "6", width: "3" }, "has no parameter width: expected max, ramp"],
    [{ max: "6", constructor: "3" }, "has no parameter constructor"],
  ])("rejects %j and says: %s", (given, expected) => {
    const checked = check(given);
    expect(checked.ok ? [] : checked.problems).toEqual([expect.stringContaining(expected)]);
  });

  it("names every problem, each with the fault", () => {
    const checked = check({ max: "0", ramp: "x", width: "3" });
    const problems = checked.ok ? [] : checked.problems;
    expect(problems).toHaveLength(3);
    for (const problem of problems) expect(problem).toContain("pool-limit");
  });
});

describe("parameters that are no plain numbers", () => {
  const limits = {
    how: { choices: ["fast", "immediate"], default: "immediate", help: "how it stops" },
    table: { identifier: true, default: "public.account", help: "which one is locked" },
    size: { unit: "bytes", min: 1024, max: 1024 ** 3, default: 1024 ** 2, help: "of each file" },
  } as const;
  const check = (given: Record<string, string>) => checkParameters("mixed", given, limits);
  const defaults = { how: "immediate", table: "public.account", size: 1_048_576 };

  it.each<[Record<string, string>, Record<string, string | number>]>([
    [{}, {}],
    [{ how: "fast" }, { how: "fast" }],
    [{ table: "item" }, { table: "item" }],
    [{ table: "Odd_schema.Item_2" }, { table: "Odd_schema.Item_2" }],
    [{ size: "2048" }, { size: 2048 }],
    [{ size: "64kB" }, { size: 65_536 }],
    [{ size: "64MB" }, { size: 67_108_864 }],
    [{ size: "1GB" }, { size: 1_073_741_824 }],
  ])("are read of %j, with defaults for the rest", (given, value) => {
    expect(check(given)).toEqual({ ok: true, value: { ...defaults, ...value } });
  });

  it.each([
    [{ how: "slow" }, "how=slow: expected fast or immediate (how it stops)"],
    [{ how: "Fast" }, "how=Fast: expected fast or immediate"],
    [{ table: "item; drop table item" }, "expected a name (which one is locked)"],
    [{ table: '"item"' }, "expected a name"],
    [{ table: "item'" }, "expected a name"],
    [{ table: "a.b.c" }, "expected a name"],
    [{ table: "item\n" }, "expected a name"],
    [{ table: ".item" }, "expected a name"],
    [{ size: "64mb" }, "expected a whole number of bytes from 1024 to 1073741824 (of each file)"],
    [{ size: "64MiB" }, "a whole number of bytes"],
    [{ size: "1.5GB" }, "a whole number of bytes"],
    [{ size: "64ms" }, "a whole number of bytes"],
    [{ size: "64constructor" }, "a whole number of bytes"],
    [{ size: "2GB" }, "size=2GB: expected"],
    [{ size: "1000" }, "size=1000: expected"],
  ])("are not read of %j, which says: %s", (given, expected) => {
    const checked = check(given);
    expect(checked.ok ? [] : checked.problems).toEqual([expect.stringContaining(expected)]);
  });

  it("take bytes for bytes alone, and lengths of time for times alone", () => {
    const plain = { rows: { unit: "rows", min: 1, max: 1e12, default: null, help: "how many" } };
    for (const rows of ["64MB", "64s"]) {
      expect(checkParameters("mixed", { rows }, plain)).toMatchObject({ ok: false });
    }
  });
});
