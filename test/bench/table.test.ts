import { describe, expect, it } from "vitest";
import { spreadText, Table } from "../../bench/table.ts";

describe("a table", () => {
  it("is printed row by row, under its heading", () => {
    const printed: string[] = [];
    const table = new Table("point-read", ["sessions", "net us"], (line) => printed.push(line));
    expect(printed).toEqual(["\npoint-read", "sessions  net us"]);
    table.row(["6", "28.1"]);
    expect(printed.at(-1)).toBe("6           28.1");
  });

  it("is kept for Markdown", () => {
    const table = new Table("point-read", ["sessions", "net us"], () => undefined);
    table.row(["6", "28.1"]);
    table.row(["32", "30"]);
    expect(table.markdown()).toBe(
      [
        "## point-read",
        "",
        "| sessions | net us |",
        "| --- | ---: |",
        "| 6 | 28.1 |",
        "| 32 | 30 |",
        "",
      ].join("\n"),
    );
  });
});

describe("a spread", () => {
  it("is told with its ends", () => {
    expect(spreadText({ median: 1.934, min: 1.88, max: 2.1 })).toBe("1.93 (1.88 to 2.1)");
  });

  it("has no ends if it was measured once", () => {
    expect(spreadText({ median: 2, min: 2, max: 2 })).toBe("2");
  });
});
