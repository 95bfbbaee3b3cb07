import { describe, expect, it } from "vitest";
import {
  type EnginePair,
  engineRows,
  type EngineSide,
  enginesHeading,
} from "../../bench/engine-rows.ts";

function side(clientUs: number, nodeUs: number, more: Partial<EngineSide> = {}): EngineSide {
  return { clientUs, nodeUs, perSecond: 1000, meanUs: 500, p50Us: 400, p99Us: 900, ...more };
}

function rows(pairs: readonly EnginePair[]): readonly Record<string, string | undefined>[] {
  return engineRows({ scenario: "point-read", sessions: 6, pairs }).map((cells) =>
    Object.fromEntries(enginesHeading.map((title, index) => [title.trim(), cells[index]])),
  );
}

describe("the rows that set k6 beside pg", () => {
  it("have medians, and the medians of the pairs' own ratios", () => {
    // The medians of what clients use are 20 and 400, of different pairs; no ratio is 20.
    const [pg, k6, ratio] = rows([
      { pg: side(20, 30), k6: side(200, 100) },
      { pg: side(10, 20), k6: side(400, 100) },
      { pg: side(40, 50), k6: side(440, 60) },
    ]);
    expect(pg).toMatchObject({ engine: "pg", "client us": "20", "Node us": "30", "all us": "30" });
    expect(k6).toMatchObject({ engine: "k6", "client us": "400", "Node us": "100" });
    expect(k6).toMatchObject({ "all us": "500" });
    expect(ratio).toEqual({
      scenario: "point-read",
      sessions: "6",
      engine: "k6/pg",
      "client us": "11 (10 to 40)",
      "Node us": "–",
      "all us": "10 (10 to 25)",
      "tx/s": "1",
      "mean us": "1",
      "p50 us": "1",
      "p99 us": "1",
    });
  });

  it("leave out what a sample did not support, in that pair alone", () => {
    const lacking = { pg: side(20, 30, { p99Us: null }), k6: side(200, 100) };
    expect(rows([lacking])).toMatchObject([
      { "p99 us": "–", "p50 us": "400" },
      { "p99 us": "900" },
      { "p99 us": "–", "p50 us": "1" },
    ]);
    const whole = { pg: side(20, 30), k6: side(200, 100, { p99Us: 1800 }) };
    expect(rows([lacking, whole])[2]).toMatchObject({ "p99 us": "2" });
  });

  it("fit below their heading", () => {
    const wide = [0.815, 0.864, 0.918].map((us) => ({ pg: side(1, 1), k6: side(us, us) }));
    const [, , ratio = []] = engineRows({ scenario: "concurrent", sessions: 100, pairs: wide });
    ratio.forEach((cell, index) =>
      expect(cell.length).toBeLessThanOrEqual(enginesHeading[index]?.length ?? 0),
    );
  });
});
