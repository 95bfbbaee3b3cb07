import { describe, expect, it } from "vitest";
import type { CoreEvidence } from "../../src/core/evidence.ts";
import { cpuLimit } from "../../src/faults/cpu-limit.ts";
import type { FaultTarget } from "../../src/faults/fault.ts";
import { placeOf } from "../run/faults/fault.ts";
import { around, shown } from "./evidence.ts";

/** The same at both edges. */
function cores(count: number): CoreEvidence {
  return { backends: 24, fewest: count, most: count };
}

interface Neighbours {
  /** Null: not to be read; left out: there was no such window. */
  readonly baseline?: CoreEvidence | null;
  readonly recovery?: CoreEvidence | null;
}

function prove(fault: CoreEvidence | null, { baseline, recovery }: Neighbours = {}) {
  const window = (seen: CoreEvidence | null | undefined) =>
    seen === undefined ? null : shown({ cores: seen });
  const evidence = around(shown({ cores: fault }), {
    baseline: window(baseline),
    recovery: window(recovery),
  });
  return cpuLimit.prove(evidence, { cores: 2 });
}

describe("the proof of cpu-limit", () => {
  it("is that the backends could use so many cores, and more before and after", () => {
    expect(prove(cores(2), { baseline: cores(4), recovery: cores(4) })).toEqual({
      effective: true,
      evidence:
        "in the fault the sessions' 24 backends could use 2 cores together (limit 2), " +
        "4 cores in the baseline, 4 cores in the recovery",
    });
  });

  it("needs no window before or after where the fault stands from before the warm-up", () => {
    expect(prove(cores(1))).toEqual({
      effective: true,
      evidence: "in the fault the sessions' 24 backends could use 1 core together (limit 2)",
    });
  });

  it("fails where a backend escaped it, be it at one edge", () => {
    const escaped = { backends: 23, fewest: 2, most: 4 };
    const { effective, evidence } = prove(escaped, { baseline: cores(4), recovery: cores(4) });
    expect(effective).toBe(false);
    expect(evidence).toContain("23 backends could use 2 to 4 cores together (limit 2)");
  });

  it.each<[string, Neighbours]>([
    ["were as few before", { baseline: cores(2), recovery: cores(4) }],
    ["were as few after, when it was to be undone", { baseline: cores(4), recovery: cores(2) }],
    ["were as few at one edge of the baseline", { baseline: { ...cores(4), fewest: 2 } }],
    ["could not be read before", { baseline: null, recovery: cores(4) }],
    ["could not be read after", { baseline: cores(4), recovery: null }],
  ])("fails where the cores %s", (_, neighbours) => {
    expect(prove(cores(2), neighbours).effective).toBe(false);
  });

  it("fails where the backends are no processes of this machine", () => {
    expect(prove(null, { baseline: null, recovery: null })).toEqual({
      effective: false,
      evidence: "the backends' cores could not be read at both edges",
    });
  });
});

describe("the check of cpu-limit", () => {
  /** As a server answers that is elsewhere: under a process id that is somebody else's here, or nobody's. */
  function elsewhere(pid: number): FaultTarget {
    return { query: () => Promise.resolve([{ pid, database: "loadgen_run_1" }]) };
  }

  it.each([
    ["another program's", process.pid],
    ["nobody's", 2 ** 22 + 1],
  ])("refuses a server whose process id is %s here", async (_, pid) => {
    expect(await cpuLimit.check(placeOf(elsewhere(pid)), { cores: 1 })).toEqual([
      `cpu-limit needs the server's processes on this machine: process ${pid}, which answers for the server, ` +
        "is no backend of the database loadgen_run_1 here, so the server runs elsewhere, in a container of its own, or not under Linux",
    ]);
  });
});
