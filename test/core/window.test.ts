import { describe, expect, it } from "vitest";
import type { PlannedFault } from "../../src/core/plan.ts";
import { overlapProblems, windowsOf } from "../../src/core/window.ts";

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

describe("overlapProblems", () => {
  const named = (name: string, startMs: number | null, lengthMs: number | null): PlannedFault => ({
    ...fault(startMs, lengthMs),
    name,
    text: `${name}@${startMs ?? ""}+${lengthMs ?? ""}`,
  });

  it.each([
    ["one inside the other", [named("noop", 0, 10), named("noop", 2, 3)]],
    ["one that stays", [named("noop", 5, null), named("noop", 9, 1)]],
    ["one that stands from before the warm-up", [named("noop", null, null), named("noop", 9, 1)]],
  ])("finds the same fault twice at a time: %s", (_what, faults) => {
    const [one, other] = faults;
    expect(overlapProblems(faults)).toEqual([
      `${one?.text ?? ""} and ${other?.text ?? ""} overlap: expected the same fault once at a time`,
    ]);
  });

  it("finds different faults that change the same thing", () => {
    const faults = [named("freeze", 0, 10), named("crash", 2, 3), named("other", 2, 3)];
    const whatOf = ({ name }: PlannedFault) => (name === "other" ? name : "the server's processes");
    expect(overlapProblems(faults, whatOf)).toEqual([
      "freeze@0+10 and crash@2+3 overlap: expected one of them at a time, since both change the server's processes",
    ]);
  });

  it("lets different faults overlap, and the same one follow itself", () => {
    expect(overlapProblems([named("noop", 0, 10), named("other", 2, 3)])).toEqual([]);
    expect(overlapProblems([named("noop", 0, 10), named("noop", 10, 3)])).toEqual([]);
  });
});
