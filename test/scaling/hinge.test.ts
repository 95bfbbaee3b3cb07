import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { kneeOf } from "../../src/scaling/hinge.ts";
import type { Point } from "../../src/scaling/series.ts";
import {
  capAt,
  flat,
  law,
  manyCounts,
  seedsTo,
  type Shape,
  straight,
  sweepOf,
} from "./synthetic.ts";

/** The knees found in sweeps of so many seeds. */
function kneesOf(sweep: Omit<Parameters<typeof sweepOf>[0], "seed">, seeds: number) {
  const found = seedsTo(seeds).map((seed) => kneeOf(sweepOf({ ...sweep, seed }), seed).knee);
  return found.filter((knee) => knee !== null);
}

const holding = (knees: ReturnType<typeof kneesOf>, sessions: number) =>
  knees.filter(({ low, high }) => low <= sessions && sessions <= high);

describe("a knee that is there", () => {
  // The counts beside them are what was seen.
  it.each([
    ["six, over many counts", { shape: capAt(6), noise: 0.03 }, 6], // 30 of 30
    ["six, hardly any noise", { shape: capAt(6), noise: 0.005 }, 6], // 30
    ["five, between two counts", { shape: capAt(5), noise: 0.03 }, 5], // 29
    ["two, the first rise", { shape: capAt(2), noise: 0.03 }, 2], // 30
    ["six of six counts", { shape: capAt(6), noise: 0.03, counts: [2, 4, 6, 8, 12, 24] }, 6], // 29
    ["six of four counts", { shape: capAt(6), noise: 0.03, counts: [2, 4, 8, 16] }, 6], // 29
    ["six, the last count but one", { shape: capAt(6), noise: 0.01, counts: [1, 2, 4, 6, 8] }, 6], // 30
  ])("is found at %s, and within its interval", (_, sweep, sessions) => {
    const knees = kneesOf(sweep, 30);
    expect(knees.length).toBeGreaterThanOrEqual(28);
    expect(holding(knees, sessions).length).toBeGreaterThanOrEqual(28);
  });

  it("is told in one sentence with its figures", () => {
    const { knee, evidence } = kneeOf(sweepOf({ shape: capAt(6), noise: 0.03, seed: 1 }), 1);
    expect(evidence).toMatch(
      /^throughput rises with sessions up to [56]\.\d \(95 % interval 5\.\d to 6\.\d\) and then stays level: beyond, twice the sessions bring (nothing|\d %) (more|less), and equal runs differ by \d\.\d %$/,
    );
    expect(evidence).toContain(`up to ${knee!.sessions.toFixed(1)} (95 %`);
  });

  it("has the hinge that it was read from, at each count and at its corner", () => {
    const counts = [1, 2, 4, 8, 16, 32];
    const knee = kneeOf(sweepOf({ shape: capAt(5), noise: 0, seed: 1, counts }), 1).knee!;
    expect(
      knee.fit.map(({ sessions }) => sessions).filter((count) => counts.includes(count)),
    ).toEqual(counts);
    expect(knee.fit).toHaveLength(7);
    const corner = knee.fit[3]!;
    expect(corner.sessions).toBeCloseTo(5, 1);
    expect(Math.round(corner.sessions * 10) / 10).toBe(knee.sessions);
    const scale = knee.fit[0]!.perSecond;
    for (const { sessions, perSecond } of knee.fit)
      expect(perSecond / scale / Math.min(sessions, 5), `${sessions}`).toBeCloseTo(1, 1);
  });

  it("has no second point at a count where its corner is one, and none of a collapse", () => {
    const thrashing: Shape = (sessions) => Math.min(sessions, 6) * (sessions > 24 ? 0.1 : 1);
    const counts = [1, 2, 4, 6, 12, 24, 48];
    const knee = kneeOf(sweepOf({ shape: thrashing, noise: 0, seed: 1, counts }), 1).knee!;
    expect(knee.fit.map(({ sessions }) => sessions)).toEqual([1, 2, 4, 6, 12, 24]);
  });

  it("is known to one decimal without any noise, and no better", () => {
    const { knee } = kneeOf(sweepOf({ shape: capAt(6), noise: 0, seed: 1 }), 1);
    expect(knee!.sessions).toBe(6);
    expect(knee!.high - knee!.low).toBeGreaterThan(0);
    expect(knee!.high - knee!.low).toBeLessThan(0.5);
  });

  it("in front of the second count may lie as low as throughput could have risen to it", () => {
    const { knee } = kneeOf(sweepOf({ shape: capAt(1.6), noise: 0.01, seed: 1 }), 1);
    expect(knee!.sessions).toBe(2);
    expect(knee!.low).toBeGreaterThan(1.4);
    expect(knee!.low).toBeLessThan(1.7);
  });

  it("with a single count beyond it may lie as high as that", () => {
    const points = sweepOf({ shape: capAt(6), noise: 0.01, seed: 1, counts: [1, 2, 4, 6, 8] });
    expect(kneeOf(points, 1).knee!.high).toBe(8);
  });

  it("is where throughput stops rising, not where it collapses later", () => {
    const thrashing: Shape = (sessions) => Math.min(sessions, 6) * Math.min(1, 24 / sessions);
    expect(holding(kneesOf({ shape: thrashing, noise: 0.03 }, 30), 6).length).toBeGreaterThan(27);
    const { evidence } = kneeOf(sweepOf({ shape: thrashing, noise: 0.03, seed: 1 }), 1);
    expect(evidence).toMatch(/; from (32|48) sessions on it collapses$/);
  });

  it("is found where throughput collapses at once", () => {
    const crash: Shape = (sessions) => (sessions <= 24 ? sessions : 200 / sessions);
    for (const knee of kneesOf({ shape: crash, noise: 0.03 }, 10)) {
      expect(knee.sessions).toBeGreaterThan(20);
      expect(knee.sessions).toBeLessThan(28);
    }
    expect(kneesOf({ shape: crash, noise: 0.03 }, 10)).toHaveLength(10);
    expect(kneeOf(sweepOf({ shape: crash, noise: 0.03, seed: 1 }), 1).evidence).toContain(
      "and then falls",
    );
  });

  it("lies below the peak of a curve that rises and falls", () => {
    // √(0.9 / 0.002) = 21.2; seen: from 9.3 to 10.6.
    const knees = kneesOf({ shape: law(0.1, 0.002), noise: 0.03 }, 30);
    expect(knees).toHaveLength(30);
    for (const { sessions } of knees) {
      expect(sessions).toBeGreaterThan(6);
      expect(sessions).toBeLessThan(21.2);
    }
  });

  it("is the less sure where the curve bends all along", () => {
    const sharp = kneeOf(sweepOf({ shape: capAt(10), noise: 0.01, seed: 1 }), 1).knee!;
    const round = kneeOf(sweepOf({ shape: law(0.1, 0.0005), noise: 0.01, seed: 1 }), 1).knee!;
    const widthOf = ({ low, high }: typeof sharp) => high / low;
    expect(widthOf(sharp)).toBeLessThan(1.15);
    expect(widthOf(round)).toBeGreaterThan(1.3);
  });
});

describe("no knee", () => {
  // Seen in a hundred of each: none.
  it.each([
    ["throughput that follows the sessions", straight, 0.05, manyCounts],
    ["the same with strong noise", straight, 0.2, manyCounts],
    ["the same at four counts", straight, 0.05, [1, 2, 4, 8]],
    ["throughput that rises by its root", Math.sqrt, 0.05, manyCounts],
    ["flat throughput", flat, 0.03, manyCounts],
    ["flat throughput with strong noise", flat, 0.2, manyCounts],
    ["flat throughput at five counts", flat, 0.1, [1, 2, 4, 8, 16]],
    ["throughput that falls", (sessions: number) => sessions ** -0.3, 0.05, manyCounts],
  ])("is claimed of %s in more than 1 of 40 sweeps", (_, shape, noise, counts) => {
    expect(kneesOf({ shape, noise, counts }, 40).length).toBeLessThanOrEqual(1);
  });

  it.each([
    [
      straight,
      0.05,
      /^no knee within the noise: throughput still rises at 100 sessions: .* equal runs differ by 4\.\d %$/,
    ],
    [
      law(0.02, 0),
      0.03,
      /^no knee: throughput still rises at 100 sessions: .* more up to .* beyond/,
    ],
    [flat, 0.03, /^no knee: throughput is flat from 1 session on: /],
    [
      (sessions: number) => sessions ** -0.3,
      0.03,
      /^no knee: throughput falls from 1 session on: /,
    ],
    [
      (sessions: number) => sessions ** 0.2,
      0.03,
      /^no knee: throughput rises little from 1 session/,
    ],
    [
      (sessions: number) => Math.min(sessions, 16) ** 0.25,
      0.01,
      /^no knee: throughput does not follow the sessions from 1 session on: twice the sessions bring/,
    ],
    [
      (sessions: number) => (sessions < 10 ? sessions ** 0.45 : 10 ** 0.2 * sessions ** 0.25),
      0.01,
      /^no knee: throughput only bends: /,
    ],
  ])("is said with its reason (%#)", (shape, noise, sentence) => {
    const finding = kneeOf(sweepOf({ shape, noise, seed: 1 }), 1);
    expect(finding.knee).toBeNull();
    expect(finding.evidence).toMatch(sentence);
  });

  it("is claimed where the noise hides it", () => {
    const points = sweepOf({ shape: capAt(6), noise: 0.5, seed: 3, counts: [2, 4, 8, 16] });
    const { knee, evidence } = kneeOf(points, 3);
    expect(knee).toBeNull();
    expect(evidence).toMatch(/^no knee within the noise: /);
    expect(evidence).toMatch(/equal runs differ by \d\d\.\d %/);
  });

  it("is claimed of a cap with 20 % noise unless it is known within a factor of four", () => {
    const findings = seedsTo(50).map((seed) =>
      kneeOf(sweepOf({ shape: capAt(6), noise: 0.2, seed }), seed),
    );
    const vague = findings.filter(({ evidence }) => evidence.includes("too much to say where"));
    const knees = findings.map(({ knee }) => knee).filter((knee) => knee !== null);
    // Seen: 14, and 36 knees of which 35 hold it.
    expect(vague.length).toBeGreaterThan(5);
    expect(holding(knees, 6).length).toBeGreaterThanOrEqual(knees.length - 2);
    for (const { low, high } of knees) expect(high / low).toBeLessThanOrEqual(4);
  });

  it.each([
    [
      "three counts",
      sweepOf({ shape: flat, noise: 0.1, seed: 1, counts: [1, 2, 4] }),
      /4 numbers of sessions are needed, there are 3/,
    ],
    ["single runs", sweepOf({ shape: flat, noise: 0.1, seed: 1, repeats: 1 }), /at least twice/],
    [
      "an idle run",
      [...sweepOf({ shape: capAt(6), noise: 0.1, seed: 1 }), { sessions: 4, perSecond: 0 }],
      /at 4 sessions a run committed nothing/,
    ],
    ["nothing at all", [], /there are 0/],
  ])("can be told of %s", (_, points: readonly Point[], sentence) => {
    const finding = kneeOf(points, 1);
    expect(finding.knee).toBeNull();
    expect(finding.evidence).toMatch(/^no knee can be told: /);
    expect(finding.evidence).toMatch(sentence);
  });
});

describe("a finding", () => {
  it("is the same for the same seed, in whatever order the runs came", () => {
    const points = sweepOf({ shape: capAt(6), noise: 0.03, seed: 1 });
    expect(kneeOf(points, 7)).toEqual(kneeOf(points, 7));
    expect(kneeOf([...points.slice(10), ...points.slice(0, 10)], 7).knee!.sessions).toBe(
      kneeOf(points, 7).knee!.sessions,
    );
  });

  it("is made of finite figures within the range, whatever was measured", () => {
    const perSecond = fc.double({ min: 0.001, max: 1e6, noNaN: true });
    const measured = fc.uniqueArray(fc.integer({ min: 1, max: 500 }), {
      minLength: 4,
      maxLength: 8,
    });
    const sweep = measured.chain((counts) =>
      fc.tuple(...counts.map((sessions) => fc.tuple(fc.constant(sessions), perSecond, perSecond))),
    );
    fc.assert(
      fc.property(sweep, (rows) => {
        const points = rows.flatMap(([sessions, one, other]) =>
          [one, other].map((value) => ({ sessions, perSecond: value })),
        );
        const { knee, evidence } = kneeOf(points, 1);
        expect(evidence).not.toMatch(/NaN|Infinity|undefined/);
        if (knee === null) return;
        expect(knee.fit.every(({ perSecond }) => Number.isFinite(perSecond))).toBe(true);
        const counts = rows.map(([sessions]) => sessions);
        expect(Math.min(...counts)).toBeLessThanOrEqual(knee.low);
        expect(knee.low).toBeLessThanOrEqual(knee.sessions);
        expect(knee.sessions).toBeLessThanOrEqual(knee.high);
        expect(knee.high).toBeLessThanOrEqual(Math.max(...counts));
      }),
      { seed: 4, numRuns: 40 },
    );
  });
});
