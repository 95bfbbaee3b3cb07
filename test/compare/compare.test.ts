import { describe, expect, it } from "vitest";
import { compare, haveOnePace, type Side } from "../../src/compare/compare.ts";
import { sideOf, storedAs } from "./stored.ts";

/** Of a deviation of about one percent. */
const quiet = [99, 100, 101, 100, 99, 101, 100, 98.5, 101.5, 100].map((throughput) => ({
  throughput,
}));
/** Of one of about ten. */
const loud = [85, 100, 115, 100, 90, 110, 100].map((throughput) => ({ throughput }));

function compared(
  baseline: Side,
  candidate: Side,
  remembered = quiet,
  margin: number | null = null,
) {
  return compare({ baseline, candidate, remembered: [remembered], margin });
}

const before = sideOf("before", 100);

describe("two sides", () => {
  it("that are the same end with 0", () => {
    const { verdict, judgement, noise, baseline } = compared(before, sideOf("after", 101));
    expect({ verdict, noise, baseline }).toEqual({
      verdict: "same",
      noise: { compared: 2, remembered: 10 },
      baseline: { name: "before", folders: ["/reports/before-0"] },
    });
    expect(judgement).toMatchObject({ status: "pass", exitCode: 0 });
    expect(judgement.reasons).toEqual([
      expect.stringMatching(
        /^same: throughput rose by 1 % \(95 % interval -\d.* to \+\d.*\), where 5 % matters$/,
      ),
    ]);
  });

  it("of which the candidate is faster end with 0", () => {
    const { verdict, judgement } = compared(before, sideOf("after", 120));
    expect({ verdict, exitCode: judgement.exitCode }).toEqual({ verdict: "faster", exitCode: 0 });
    expect(judgement.reasons[0]).toMatch(/^faster: throughput rose by 20 %/);
  });

  it("of which the candidate is slower end with 98", () => {
    const { verdict, judgement } = compared(before, sideOf("after", 90));
    expect({ verdict, ...judgement }).toMatchObject({
      verdict: "slower",
      status: "fail",
      exitCode: 98,
    });
    expect(judgement.reasons[0]).toMatch(/^slower: throughput fell by 10 %/);
  });

  it("whose runs differ too much are unstable, end with 93, and say how many would tell", () => {
    const { verdict, judgement, metrics } = compared(before, sideOf("after", 90), loud);
    expect({ verdict, ...judgement }).toMatchObject({
      verdict: "unstable",
      status: "unknown",
      exitCode: 93,
    });
    expect(metrics[0]!.deviation).toBeCloseTo(0.1, 1);
    expect(judgement.reasons[0]).toMatch(
      /equal runs differ too much to tell whether it is 5 % or more \(by 1\d %, one standard deviation\): compare about \d\d runs a side/,
    );
  });

  it("with a larger margin need less", () => {
    const margin = 0.5;
    expect(compared(before, before, loud).verdict).toBe("unstable");
    expect(compared(before, before, loud, margin).verdict).toBe("same");
  });

  it("of one run each, with nothing remembered, are unstable and say what is lacking", () => {
    const { judgement, metrics } = compared(before, sideOf("after", 10), []);
    expect(judgement).toMatchObject({ exitCode: 93 });
    expect(judgement.reasons[0]).toMatch(/nothing tells how much equal runs differ: compare three/);
    expect(metrics[0]).toMatchObject({ low: null, high: null, p: null, deviation: null });
  });

  it("with a run that is no evidence end with 97, and tell the rest", () => {
    const verdict = { status: "invalid", exitCode: 97, reasons: ["the generator"] } as const;
    const after = { name: "after", runs: [storedAs("/reports/after", { perSecond: 50, verdict })] };
    const { judgement } = compared(before, after);
    expect(judgement).toMatchObject({ status: "invalid", exitCode: 97 });
    expect(judgement.reasons).toEqual([
      "/reports/after is no evidence, it ended with 97: the generator",
      expect.stringMatching(/^slower: throughput fell by 50 %/),
    ]);
  });

  it("with a run whose fault had no effect end with its 95", () => {
    const verdict = { status: "invalid", exitCode: 95, reasons: ["no effect"] } as const;
    const side = { name: "after", runs: [storedAs("/reports/after", { verdict })] };
    expect(compared(before, side).judgement).toMatchObject({
      exitCode: 95,
      reasons: ["/reports/after is no evidence, it ended with 95: no effect"],
    });
  });

  it("of which one was overloaded end with 97", () => {
    const runs = [storedAs("/reports/after", { plan: { rate: 9 }, isOverloaded: true })];
    const calm = { name: "a", runs: [storedAs("/reports/before", { plan: { rate: 9 } })] };
    expect(compared(calm, { name: "b", runs }).judgement.exitCode).toBe(97);
  });

  it("of an open loop are judged by p99, and without one end with 97", () => {
    const plan = { rate: 10 };
    const open = (name: string, p99: number | null) => ({
      name,
      runs: [1, 1.01, 0.99].map((share) =>
        storedAs(`/reports/${name}-${share}`, { plan, p99: p99 === null ? null : p99 * share }),
      ),
    });
    const slower = compared(open("a", 1_000), open("b", 2_000));
    expect(slower.metrics[0]).toMatchObject({ name: "p99", primary: true, better: "lower" });
    expect(slower.judgement.exitCode).toBe(98);
    // Throughput is what is offered: the difference in it would decide in a closed loop.
    const { judgement, verdict } = compared(open("a", 1_000), open("b", null));
    expect({ verdict, exitCode: judgement.exitCode }).toEqual({
      verdict: "unstable",
      exitCode: 97,
    });
    expect(judgement.reasons[0]).toBe(
      "there is no p99 to compare by in /reports/b-1, /reports/b-1.01, /reports/b-0.99: expected runs with enough transactions for one",
    );
  });

  it("have one pace, or not", () => {
    const [closed, open] = [storedAs("/a", {}), storedAs("/b", { plan: { rate: 10 } })];
    expect([
      haveOnePace([closed, closed]),
      haveOnePace([open]),
      haveOnePace([closed, open]),
    ]).toEqual([true, true, false]);
  });
});
