import { describe, expect, it } from "vitest";
import type { Plan } from "../../src/core/plan.ts";
import type { Fix } from "../../src/core/scenario.ts";
import type { Ran } from "../../src/sweep/campaign.ts";
import { findingOf } from "../../src/sweep/fixes.ts";
import { sweep } from "../../src/sweep/sweep.ts";
import { planWith } from "../helpers/plan.ts";
import type { Model } from "./model.ts";
import { requestFor } from "./request.ts";

describe("the fixes of a scenario", () => {
  /** A lock of one for 20 ms, then two cores for 30 ms: the lock allows 50 a second, the cores 67. */
  const service: Model = ({ sessions, options }: Plan) => {
    const lockMs = options.schema === "swap" ? 0 : 20;
    const perSecond = Math.min(sessions * 20, lockMs === 0 ? 1000 : 50, 2000 / 30);
    const latency = { mean: 1, p50: 1, p90: 1, p95: 1, p99: 1, p99_9: 1, max: 1 };
    const gate = (capacity: number, holdMs: number, waitMs: number) => ({
      capacity,
      visits: perSecond * 1_000,
      waitUs: { ...latency, mean: waitMs * 1000 },
      holdUs: { ...latency, mean: holdMs * 1000 },
      queueMax: 3,
    });
    const waitMs = (sessions / perSecond) * 1000 - 50;
    return {
      perSecond,
      gates: {
        cores: gate(2, 30, lockMs === 0 ? waitMs : 0),
        "schema-lock": gate(1, lockMs, lockMs === 0 ? 0 : waitMs),
      },
    };
  };
  const fixes: readonly Fix[] = [
    {
      name: "streaming=chunks",
      summary: "in chunks",
      relieves: { kind: "service-gate", gate: "cores" },
      options: { streaming: "chunks" },
    },
    {
      name: "schema=swap",
      summary: "readers go in parallel",
      relieves: { kind: "service-gate", gate: "schema-lock" },
      options: { schema: "swap" },
    },
  ];
  const plan = planWith({
    durationMs: 1000,
    transactionsPerSession: null,
    options: { schema: "before", streaming: "before" },
  });

  it("are tried where it is fullest, one on top of the other, and ranked anew", async () => {
    const ran: Ran[] = [];
    const result = await sweep(requestFor(service, { plan, fixes }, ran));
    expect(result.limitedBy).toMatchObject({ kind: "service-gate", name: "schema-lock" });
    expect(result.fixes.map(({ name }) => name)).toEqual([null, "schema=swap", "streaming=chunks"]);
    const [before, swap, chunks] = result.fixes;
    expect(before?.gates[0]?.name).toBe("schema-lock");
    expect(swap?.gates[0]?.name).toBe("cores");
    expect(swap?.finding).toMatch(/^raised throughput by 3[2-5] %$/);
    expect(chunks?.finding).toBe("changed neither capacity nor waiting");
    const last = ran.filter(({ purpose }) => purpose.startsWith("fix")).at(-1);
    expect(last?.plan.options).toEqual({ schema: "swap", streaming: "chunks" });
  });

  it("leave out what is so already", async () => {
    const swapped = planWith({ ...plan, options: { schema: "swap", streaming: "before" } });
    const result = await sweep(requestFor(service, { plan: swapped, fixes }));
    expect(result.fixes.map(({ name }) => name)).toEqual([null, "streaming=chunks"]);
  });
});

describe("what a fix brought", () => {
  const atLock = { kind: "service-gate", name: "schema-lock", share: 0.7 } as const;
  const atCores = { kind: "service-gate", name: "cores", share: 0.7 } as const;
  const ratio = (mean: number) => ({ mean, low: mean - 0.02, high: mean + 0.02 });

  it.each([
    [1.33, atCores, "raised throughput by 33 %"],
    [0.8, atLock, "lowered throughput by 20 %"],
    [1.01, atCores, "moved the waiting, not the capacity"],
    [1.01, { ...atLock, share: 0.5 }, "moved the waiting, not the capacity"],
    [1.01, { ...atLock, share: 0.68 }, "changed neither capacity nor waiting"],
    // Beyond the noise, and of no consequence.
    [1.03, atLock, "changed neither capacity nor waiting"],
  ])("is told of %d times the throughput", (mean, after, finding) => {
    expect(findingOf(ratio(mean), atLock, after)).toBe(finding);
  });

  it("is no rise within the noise", () => {
    expect(findingOf({ mean: 1.2, low: 0.9, high: 1.5 }, atLock, atLock)).toBe(
      "changed neither capacity nor waiting",
    );
  });
});
