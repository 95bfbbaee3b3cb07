import { describe, expect, it } from "vitest";
import type { PlannedFault } from "../../src/core/plan.ts";
import { windowsOf } from "../../src/core/window.ts";

function fault(startMs: number | null, lengthMs: number | null): PlannedFault {
  return { text: "noop", name: "noop", parameters: {}, startMs, lengthMs };
}

describe("windowsOf", () => {
  it.each([
    ["in the middle", fault(10_000, 5_000), 20_000, ["baseline", "fault", "recovery"]],
    ["from before the warm-up", fault(null, null), 20_000, ["fault"]],
    ["from the very start", fault(0, 5_000), 20_000, ["fault", "recovery"]],
    ["until the end", fault(10_000, null), 20_000, ["baseline", "fault"]],
    ["up to the last millisecond", fault(10_000, 10_000), 20_000, ["baseline", "fault"]],
    ["in a run without a known end", fault(1_000, 5_000), null, ["baseline", "fault", "recovery"]],
  ])("a fault %s", (_where, planned, durationMs, windows) => {
    expect(windowsOf(planned, durationMs)).toEqual(windows);
  });
});
