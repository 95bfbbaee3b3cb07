import { describe, expect, it } from "vitest";
import type { RunResult } from "../../src/run/result.ts";
import { stagesSection } from "../../src/report/stages-section.ts";
import { gateDemands } from "../../src/scaling/suspects.ts";
import { measurementsOf } from "../../src/sweep/measured.ts";
import { noLatency } from "./latencies.ts";
import { loudRun } from "./loud-run.ts";
import { quietRun } from "./run-result.ts";

/** 50 a second. */
const transactions = { ...quietRun.transactions, committed: 1_000, lengthMs: 20_000 };
const mean = (us: number) => ({ ...noLatency, mean: us });
const lock = { capacity: 1, visits: 1_000, waitUs: noLatency, holdUs: mean(20_000), queueMax: 0 };

/** The gate's share of its capacity in use, as printed. */
function inUse(
  gate: RunResult["gates"][string],
  given: Partial<typeof transactions> = {},
): string | undefined {
  const run = { ...quietRun, transactions: { ...transactions, ...given }, gates: { lock: gate } };
  return stagesSection(run).rows[0]?.[2];
}

describe("the section on the stages of a service", () => {
  it("ranks its gates by how much of them is in use, and shows what waits there", () => {
    expect(stagesSection({ ...loudRun, transactions }).rows.map(([name]) => name)).toEqual([
      "schema-lock",
      "cores",
      "idle",
    ]);
    const { heading, rows } = stagesSection(loudRun);
    const names = ["gate", "capacity", "in use", "visits", "hold", "wait"];
    expect(heading).toEqual([...names, "wait p99", "longest queue"]);
    expect(rows[0]).toEqual(
      ["schema-lock", "1", "1203 %", "12 345", "19.5 ms", "150 ms"].concat(["1.25 s", "1 150"]),
    );
  });

  it("takes throughput times hold a transaction by capacity for what is in use", () => {
    expect(inUse(lock)).toBe("100 %");
    expect(inUse({ ...lock, capacity: 3 })).toBe("33 %");
    expect(inUse({ ...lock, visits: 500 })).toBe("50 %");
    // So many visits of twice as many transactions: half as long in each.
    expect(inUse(lock, { aborted: 1_000 })).toBe("50 %");
    expect(inUse(lock, { committed: 2_000, lengthMs: 40_000 })).toBe("50 %");
  });

  it("takes what a sweep takes, which names the cause by it", () => {
    const run = { ...loudRun, transactions: { ...transactions, late: 100 } };
    const demands = gateDemands(measurementsOf(run));
    expect(stagesSection(run).rows.map(([name, , share]) => [name, share])).toEqual(
      demands.map(({ resource, utilisation }) => [resource, `${Math.round(100 * utilisation)} %`]),
    );
  });

  it("finds nothing in use where nothing was committed, or nobody came", () => {
    expect(inUse(lock, { committed: 0 })).toBe("0 %");
    expect(inUse({ ...lock, visits: 0, holdUs: noLatency })).toBe("0 %");
  });

  it("has nothing to say of a run without a service", () => {
    expect(stagesSection(quietRun)).toMatchObject({ rows: [], remarks: [] });
  });
});
