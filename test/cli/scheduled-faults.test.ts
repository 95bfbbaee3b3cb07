import { describe, expect, it } from "vitest";
import { planFrom } from "../../src/cli/plan.ts";
import { faultTexts, type ScheduledRun } from "../../src/cli/scheduled-faults.ts";
import { faults } from "../../src/faults/index.ts";
import { request } from "./plan-request.ts";

const run: ScheduledRun = { seed: 1, durationMs: 60_000, url: null, existing: false };

function radiiOf(given: Partial<ScheduledRun>): Set<string> {
  const { texts } = faultTexts(["random:every=1s,length=500ms"], { ...run, ...given });
  const names = texts.map((text) => text.split("@")[0]);
  return new Set(faults.filter(({ name }) => names.includes(name)).map(({ radius }) => radius));
}

describe("a schedule on the command line", () => {
  it("becomes faults with names and times, beside those that were named", () => {
    const { texts, problems } = faultTexts(["random:every=20s,length=3s", "pool-limit:max=2"], run);
    expect(problems).toEqual([]);
    expect(texts[0]).toBe("pool-limit:max=2");
    expect(texts.slice(1).map((text) => text.split("@")[1])).toEqual(["20s+3s", "40s+3s"]);
  });

  it("needs no fault that must be told more", () => {
    const needing = faults.filter(({ parameters }) =>
      Object.values(parameters).some((limits) => limits.default === null),
    );
    expect(needing.map(({ name }) => name)).toContain("pool-limit");
    const { texts } = faultTexts(["random:every=1s,length=500ms"], run);
    for (const { name } of needing) expect(texts.join()).not.toContain(`${name}@`);
  });

  it("goes no further by itself than a run may without consent", () => {
    const url = "postgresql://me@host:5432/mine";
    expect([...radiiOf({ url })].every((one) => ["session", "database"].includes(one))).toBe(true);
    const existing = radiiOf({ url, existing: true });
    expect([...existing].every((one) => one === "session")).toBe(true);
  });

  it("leaves to others what cannot be read", () => {
    const { texts, problems } = faultTexts(["random:every=20s", "nope:@", "nope@1s"], run);
    expect(texts).toEqual(["nope:@", "nope@1s"]);
    expect(problems).toEqual([expect.stringContaining("--chaos: random:every=20s: length is")]);
  });
});

describe("a plan with a schedule", () => {
  const chaos = ["random:every=4s,length=1s"];

  it("has its faults alone, so that a repetition has the same, whatever its seed", () => {
    const plan = planFrom(request({ chaos }));
    if (!plan.ok) throw new Error(plan.problems.join());
    expect(plan.value.faults.map(({ startMs }) => startMs)).toEqual([4_000, 8_000, 12_000, 16_000]);
    const again = planFrom(request({ seed: 99 }, { repeated: plan.value }));
    expect(again.ok && again.value.faults).toEqual(plan.value.faults);
    const same = planFrom(request({ chaos, seed: plan.value.seed }));
    expect(same.ok && same.value.faults).toEqual(plan.value.faults);
  });

  it("is a problem beside all others", () => {
    const plan = planFrom(
      request({ chaos: [...chaos, "nope@1s", "pool-limit@1s"], transactions: 5 }),
    );
    expect(plan.ok ? [] : plan.problems).toEqual([
      expect.stringContaining("expected --duration"),
      expect.stringContaining('there is no fault "nope"'),
      expect.stringContaining("pool-limit: max is missing"),
    ]);
  });
});
