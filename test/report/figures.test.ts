import { describe, expect, it } from "vitest";
import { counted, countText } from "../../src/core/counted.ts";
import {
  bytesText,
  columns,
  digits,
  lengthText,
  hostText,
  timeText,
} from "../../src/report/figures.ts";

describe("a time", () => {
  it.each([
    [0, "0 us"],
    [850, "850 us"],
    [999, "999 us"],
    [1_000, "1 ms"],
    [12_345, "12.3 ms"],
    [999_000, "999 ms"],
    [1_250_000, "1.25 s"],
    [3_600_000_000, "3600 s"],
    [null, "–"],
    [undefined, "–"],
  ])("of %s us is %s", (us, text) => {
    expect(timeText(us)).toBe(text);
  });
});

describe("a host", () => {
  it("is told by who kept its cores busy", () => {
    const host = { cores: 2, busyCores: 1.934, serverCores: 1.55, generatorCores: 0.21 };
    expect(hostText(host)).toBe("1.93 of 2 cores busy: server 1.55, generator 0.21, others 0.17");
  });

  it("has no others where the parts are rounded to more than all", () => {
    const host = { cores: 1, busyCores: 0.5, serverCores: 0.3, generatorCores: 0.21 };
    expect(hostText(host)).toBe("0.50 of 1 core busy: server 0.30, generator 0.21, others 0.00");
  });
});

describe("a length of time", () => {
  it.each([
    [0, "0 s"],
    [59_400, "59 s"],
    [59_600, "1 min"],
    [510_000, "8 min 30 s"],
    [3_600_000, "1 h"],
    [3_930_000, "1 h 6 min"],
  ])("of %i ms is %s", (ms, text) => {
    expect(lengthText(ms)).toBe(text);
  });
});

describe("digits", () => {
  it.each([
    [0, "0"],
    [0.6249, "0.625"],
    [1.2345, "1.23"],
    [12.345, "12.3"],
    [99.96, "100"],
    [123.45, "123"],
    [1234.5, "1235"],
  ])("of %s are %s", (value, text) => {
    expect(digits(value)).toBe(text);
  });
});

describe("a count", () => {
  it.each([
    [0, "0"],
    [999, "999"],
    [12_345, "12 345"],
    [2_000_000, "2 000 000"],
  ])("of %i is %s", (count, text) => {
    expect(countText(count)).toBe(text);
  });
});

describe("what is counted", () => {
  it.each([
    [0, "0 sessions"],
    [1, "1 session"],
    [12_345, "12 345 sessions"],
  ])("has a plural unless it is one: %i", (count, text) => {
    expect(counted(count, "session")).toBe(text);
  });
});

describe("bytes", () => {
  it.each([
    [null, "–"],
    [0, "0 B"],
    [512, "512 B"],
    [1_024, "1 KB"],
    [30_822, "30.1 KB"],
    [104_857_600, "100 MB"],
    [5e15, "4547 TB"],
  ])("%s are %s", (bytes, text) => {
    expect(bytesText(bytes)).toBe(text);
  });
});

describe("columns", () => {
  it("stand under their headings, the first to the left, the others to the right", () => {
    expect(
      columns(
        ["name", "n"],
        [
          ["a", "100"],
          ["longer", "1"],
        ],
      ),
    ).toBe(["name      n", "a       100", "longer    1"].join("\n"));
  });

  it("leave no spaces at the ends of lines", () => {
    expect(columns(["name", ""], [["a", ""]])).toBe("name\na");
  });
});
