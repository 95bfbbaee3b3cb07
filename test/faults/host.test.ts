import { describe, expect, it } from "vitest";
import type { Figures } from "../../src/core/evidence.ts";
import { crash } from "../../src/faults/crash.ts";
import { freeze } from "../../src/faults/freeze.ts";
import { restart } from "../../src/faults/restart.ts";
import { shown } from "./evidence.ts";

function evidence(figures: Figures) {
  return { baseline: null, fault: shown(), recovery: null, figures };
}

describe("freeze proves itself", () => {
  const figures = { stopped: 9, all: 9, answered: 0, stoppedAfterwards: 0 };

  it("where all processes stood still, nobody answered, and all went on", () => {
    expect(freeze.prove(evidence(figures), {})).toEqual({
      effective: true,
      evidence:
        "9 of the server's 9 processes were stopped right before the release, a question to it had no answer, and 0 were stopped after it",
    });
  });

  it.each<[string, Figures]>([
    ["one of them did not stand still", { ...figures, stopped: 8 }],
    ["there was none", { ...figures, stopped: 0, all: 0 }],
    ["the question was answered", { ...figures, answered: 1 }],
    ["one is still stopped", { ...figures, stoppedAfterwards: 1 }],
    ["nobody could look afterwards", { stopped: 9, all: 9, answered: 0 }],
    ["nobody could look", {}],
  ])("not where %s", (_, seen) => {
    expect(freeze.prove(evidence(seen), {}).effective).toBe(false);
  });
});

describe.each([
  [crash, "in production", "shut down"],
  [restart, "shut down", "in production"],
] as const)("%s proves itself", (fault, state, otherState) => {
  const figures = { startedBeforeMs: 1_000, processes: 0, state, startedAfterMs: 5_000 };

  it("where the server was gone in its way, and was started anew", () => {
    const { effective, evidence: text } = fault.prove(evidence(figures), {});
    expect(effective).toBe(true);
    expect(text).toContain(`its control file said "${state}"`);
    expect(text).toContain("started anew");
  });

  it.each<[string, Figures]>([
    ["a process of it was left", { ...figures, processes: 1 }],
    ["it ended in another way", { ...figures, state: otherState }],
    ["it is the same server as before", { ...figures, startedAfterMs: 1_000 }],
    ["it did not answer afterwards", { startedBeforeMs: 1_000, processes: 0, state }],
    ["nobody looked while it was down", { startedAfterMs: 5_000 }],
  ])("not where %s", (_, seen) => {
    expect(fault.prove(evidence(seen), {}).effective).toBe(false);
  });
});
