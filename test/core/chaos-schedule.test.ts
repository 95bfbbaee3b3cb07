import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Candidate,
  type Drawing,
  isSchedule,
  blastRadii,
  scheduledTexts,
} from "../../src/core/chaos-schedule.ts";
import { parseFaultText } from "../../src/core/fault-text.ts";
import { overlaps } from "../../src/core/window.ts";

const candidates: readonly Candidate[] = [
  { name: "kill-backends", radius: "session" },
  { name: "lock-table", radius: "database" },
  { name: "bloat", radius: "database" },
  { name: "wal-flood", radius: "cluster" },
  { name: "crash", radius: "host" },
  { name: "freeze", radius: "host" },
];

const drawing: Drawing = {
  seed: 12345,
  durationMs: 60_000,
  candidates,
  radius: "host",
  named: [],
};

function texts(text: string, given: Partial<Drawing> = {}): readonly string[] {
  const drawn = scheduledTexts(text, { ...drawing, ...given });
  if (!drawn.ok) throw new Error(drawn.problems.join());
  return drawn.value;
}

function problems(text: string, given: Partial<Drawing> = {}): readonly string[] {
  const drawn = scheduledTexts(text, { ...drawing, ...given });
  return drawn.ok ? [] : drawn.problems;
}

function timed(text: string) {
  const read = parseFaultText(text);
  if (!read.ok) throw new Error(read.problems.join());
  const radius = candidates.find(({ name }) => name === read.value.name)?.radius ?? "session";
  return { ...read.value, radius };
}

interface Schedule {
  readonly seed: number;
  readonly everyMs: number;
  readonly lengthMs: number;
  readonly radius: (typeof blastRadii)[number];
  readonly durationMs: number;
}

const schedules: fc.Arbitrary<Schedule> = fc.record({
  seed: fc.integer({ min: 0, max: 2 ** 31 }),
  everyMs: fc.integer({ min: 1_000, max: 12_000 }),
  lengthMs: fc.integer({ min: 1, max: 20_000 }),
  radius: fc.constantFrom(...blastRadii),
  durationMs: fc.integer({ min: 40_000, max: 90_000 }),
});

/** Of any schedule. */
function drawnFor({ seed, everyMs, lengthMs, radius, durationMs }: Schedule) {
  const text = `random:every=${everyMs}ms,length=${lengthMs}ms,radius=${radius}`;
  return texts(text, { seed, durationMs }).map(timed);
}

describe("a schedule drawn from the seed", () => {
  it("has a fault each time, from the first interval on, as long as it is said", () => {
    const drawn = texts("random:every=10s,length=2500ms").map(timed);
    expect(drawn.map(({ startMs }) => startMs)).toEqual([10_000, 20_000, 30_000, 40_000, 50_000]);
    expect(drawn.every(({ lengthMs }) => lengthMs === 2_500)).toBe(true);
    expect(texts("random:every=10s,length=3s")[0]).toMatch(/^[a-z-]+@10s\+3s$/);
  });

  it("is the same for the same seed, and another for another", () => {
    fc.assert(
      fc.property(schedules, (schedule) => {
        expect(drawnFor(schedule)).toEqual(drawnFor(schedule));
      }),
    );
    const bySeed = Array.from({ length: 20 }, (_, seed) =>
      texts("random:every=2s,length=1s", { seed }).join(),
    );
    expect(new Set(bySeed).size).toBe(20);
  });

  it("lies inside the measured time, and reaches no further than it may", () => {
    fc.assert(
      fc.property(schedules, (schedule) => {
        for (const { startMs, lengthMs, radius } of drawnFor(schedule)) {
          expect(startMs).toBeGreaterThanOrEqual(schedule.everyMs);
          expect((startMs ?? 0) + (lengthMs ?? 0)).toBeLessThanOrEqual(schedule.durationMs);
          expect(blastRadii.indexOf(radius)).toBeLessThanOrEqual(
            blastRadii.indexOf(schedule.radius),
          );
        }
      }),
    );
  });

  it("never has a fault twice at a time, and nothing beside one of the host", () => {
    fc.assert(
      fc.property(schedules, (schedule) => {
        const drawn = drawnFor(schedule);
        for (const [index, one] of drawn.entries()) {
          for (const other of drawn.slice(0, index).filter((earlier) => overlaps(one, earlier))) {
            expect(one.name).not.toBe(other.name);
            expect([one.radius, other.radius]).not.toContain("host");
          }
        }
      }),
    );
  });

  it("leaves out a time at which nothing may come, and minds what was named beside it", () => {
    const only = { candidates: candidates.slice(0, 1) };
    expect(texts("random:every=10s,length=15s", only)).toEqual([
      "kill-backends@10s+15s",
      "kill-backends@30s+15s",
    ]);
    const named = [timed("kill-backends@15s+10s")];
    expect(texts("random:every=20s,length=3s", { ...only, named })).toEqual([
      "kill-backends@40s+3s",
    ]);
    expect(texts("random:every=20s,length=3s", { named: [timed("crash")] })).toEqual([]);
  });

  it("reaches as far as it is said, and otherwise as the run allows", () => {
    const radiiOf = (text: string, radius: Candidate["radius"]) =>
      new Set(texts(text, { radius }).map((one) => timed(one).radius));
    expect(radiiOf("random:every=1s,length=500ms", "session")).toEqual(new Set(["session"]));
    expect(radiiOf("random:every=1s,length=500ms", "database")).toEqual(
      new Set(["session", "database"]),
    );
    expect(radiiOf("random:every=1s,length=500ms,radius=host", "session")).toEqual(
      new Set(blastRadii),
    );
  });
});

describe("a schedule that is none", () => {
  it("is told with every problem", () => {
    expect(problems("random:length=3,radius=world,colour=red@3s")).toEqual([
      expect.stringContaining("random has no parameter colour: expected every, length, radius"),
      expect.stringContaining("every is missing: expected"),
      expect.stringContaining("length=3: expected"),
      expect.stringContaining("radius=world: expected one of session, database, cluster, host"),
      expect.stringContaining("expected it without @"),
    ]);
  });

  it.each<[string, Partial<Drawing>, string]>([
    ["random", {}, "every is missing"],
    ["random:every=1s,length=0s", {}, "length=0s: expected"],
    ["random:every=100ms,length=1s", {}, "every=100ms: expected"],
    ["random:every=1s,length=1s", { durationMs: null }, "expected --duration"],
    ["random:every=50s,length=11s", {}, "within the measured time of 60 s"],
    ["random:every=1s,length=1s", { candidates: candidates.slice(4), radius: "session" }, "wider"],
    ["random:every", {}, "is not a parameter"],
  ])("%s (%j): %s", (text, given, expected) => {
    expect(problems(text, given).join()).toContain(expected);
  });

  it("is a fault like any other", () => {
    expect(["random", "random:every=1s", "random@3s"].every(isSchedule)).toBe(true);
    expect(["randomise", "pool-limit:max=1", "x:random"].some(isSchedule)).toBe(false);
  });
});
