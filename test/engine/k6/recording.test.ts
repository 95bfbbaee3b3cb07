import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Digest } from "../../../src/core/digest.ts";
import { Fates } from "../../../src/core/fates.ts";
import type { Scenario } from "../../../src/core/scenario.ts";
import { Conductor } from "../../../src/engine/k6/conductor.ts";
import { type BugLine, type Line, sealed, type SessionLine } from "../../../src/engine/k6/lines.ts";
import { K6Recording } from "../../../src/engine/k6/recording.ts";
import { Notes } from "../../../src/engine/k6/script/notes.ts";
import { SessionLines } from "../../../src/engine/k6/session-lines.ts";
import type { Tally } from "../../../src/metrics/tally.ts";
import { countOf } from "../../../src/metrics/operation-tally.ts";
import type { Segment } from "../../../src/metrics/timeline.ts";
import { contextOf, planWith } from "../../helpers/plan.ts";
import { finished } from "../../metrics/transactions.ts";

const plan = planWith({ sessions: 3 });
const cuts = [1000, 2000, 3500];
const slotMs = 250;

/** A session that commits at these times, each after a latency of its own. */
function lineOf(session: number, timesMs: readonly number[]): SessionLine {
  let clockMs = 0;
  const notes = new Notes(() => clockMs, slotMs);
  const recorder = notes.recorder("measured");
  for (const ms of timesMs) {
    clockMs = ms;
    recorder.started();
    recorder.record(finished({ latencyUs: ms * 10 + session }));
  }
  const warmup = notes.recorder("warmup");
  warmup.record(finished());
  notes.enter(cuts);
  const digest = new Digest();
  digest.add(String.fromCharCode(session + 1).repeat(32));
  return {
    loadgen: "session/1",
    run: "a-run",
    session,
    runner: "",
    zeroAtMs: 0,
    connectedUs: 0,
    endedUs: 0,
    digest: digest.toString(),
    ...notes.toJson(),
    fates: null,
    writes: [],
    arrivals: null,
    transactionsEnded: timesMs.length + 1,
    lostConnections: session,
  };
}

const lines = [
  lineOf(0, [10, 20, 999, 1000, 3600]),
  lineOf(1, [1500, 1999.9, 2000]),
  lineOf(2, [2001, 3499, 3500, 4000]),
];

/** As a session writes it. */
function written(line: Line): string {
  return sealed(line, (text) => createHash("sha256").update(text).digest("hex"));
}

function told(given: readonly SessionLine[]): SessionLines {
  const session = new SessionLines({
    run: "a-run",
    plan,
    scenario: {} as Scenario,
    context: contextOf(plan),
    world: null,
  });
  for (const line of given) session.add(written(line));
  return session;
}

const committed = (tally: Tally) => tally.sum(countOf("committed"));

function figures(session: SessionLines) {
  const { digest, transactionsEnded, lostConnections, parts, warmup } = session;
  const histograms = parts.map((part) =>
    part.merged((operation) => operation.latency.committed).toEntries(),
  );
  return { digest, transactionsEnded, lostConnections, histograms, warmup: committed(warmup) };
}

describe("the lines of all sessions", () => {
  it("add up to the same, in whatever order they come", () => {
    const all = told(lines);
    expect(all.parts.map(committed)).toEqual([3, 3, 3, 3]);
    expect(figures(all)).toMatchObject({ transactionsEnded: 15, lostConnections: 3, warmup: 3 });
    expect(figures(told([...lines].reverse()))).toEqual(figures(all));
    const [one, two, three] = lines as [SessionLine, SessionLine, SessionLine];
    expect(figures(told([two, three, one]))).toEqual(figures(all));
    expect(figures(told([one, two])).digest).not.toBe(figures(all).digest);
  });

  it("say who is missing, and refuse one that is there twice", () => {
    const two = told(lines.slice(0, 2));
    expect(two.missing()).toEqual([2]);
    expect(told(lines).missing()).toEqual([]);
    expect(() => two.add(written(lines[1]!))).toThrow("session 1 has two lines");
  });

  it("end with the bug of a session, where one has it, and its stack", () => {
    const bug: BugLine = {
      loadgen: "bug/1",
      run: "a-run",
      session: 2,
      message: "no such thing",
      stack: "at x",
    };
    const caught = (() => {
      try {
        told(lines.slice(0, 2)).add(written(bug));
        return null;
      } catch (error) {
        return error as Error;
      }
    })();
    expect(caught?.message).toBe("session 2 ended by a bug: no such thing");
    expect(caught?.stack).toBe("session 2 ended by a bug: no such thing\nat x");
  });

  it("bring what became of each transaction, where there is a ledger", () => {
    const fates = new Fates().toArrays();
    const line = {
      ...(lines[0] as SessionLine),
      fates: Object.fromEntries(
        Object.entries(fates).map(([name, values]) => [name, [...(values as Int32Array)]]),
      ) as unknown as NonNullable<SessionLine["fates"]>,
    };
    const withLedger = new SessionLines({
      run: "a-run",
      plan: planWith({ sessions: 1, ledger: true }),
      scenario: {} as Scenario,
      context: contextOf(plan),
      world: null,
    });
    withLedger.add(written(line));
    expect(withLedger.fates()?.numbers).toHaveLength(0);
    expect(told(lines).fates()).toBeNull();
  });
});

describe("a recording on k6", () => {
  let conductor: Conductor;
  beforeEach(async () => {
    conductor = await Conductor.start(3);
  });
  afterEach(() => conductor.close());

  async function recorded(atMs: number, lengthMs = 3500) {
    const segments: Segment[] = [];
    const parts: Segment[] = [];
    const recording = new K6Recording(conductor, slotMs, {
      onInterval: (segment) => segments.push(segment),
      onPart: (part) => parts.push(part),
    });
    for (const cut of cuts) await recording.cut(cut);
    recording.finished(told(lines), lengthMs);
    await recording.cut(atMs);
    return { recording, segments, parts };
  }

  it("has no seconds behind the measured time, though faults have edges there", async () => {
    const { recording } = await recorded(4100, 2000);
    expect(recording.seconds).toHaveLength(2);
  });

  it("has a segment up to each edge and one behind the last, whose sum is the whole", async () => {
    const { recording, segments } = await recorded(4100);
    expect(segments.map(({ startMs, endMs, tally }) => [startMs, endMs, committed(tally)])).toEqual(
      [
        [0, 1000, 3],
        [1000, 2000, 3],
        [2000, 3500, 3],
        [3500, 4100, 3],
      ],
    );
    const { measured } = recording;
    expect(committed(measured.totals)).toBe(12);
    expect(committed(measured.window(0, 3500))).toBe(9);
    expect(committed(measured.window(1000, 4100))).toBe(9);
    expect(() => measured.window(0, 500)).toThrow("was not cut at 0 ms and 500 ms");
    expect(committed(recording.warmup.totals)).toBe(3);
  });

  it("tells the measured time by seconds, and nothing of what came after it", async () => {
    const { parts } = await recorded(4100);
    expect(parts.map(({ startMs, endMs, tally }) => [startMs, endMs, committed(tally)])).toEqual([
      [0, 1000, 3],
      [1000, 2000, 3],
      [2000, 3000, 2],
      [3000, 3500, 1],
    ]);
    const latencies = parts.map(({ tally }) => tally.merged((one) => one.latencyToTell()).max);
    expect(latencies).toEqual([9990, 20000, 20012, 34992]);
    const early = await recorded(4100, 2000);
    expect(early.parts.map(({ tally }) => committed(tally))).toEqual([3, 3]);
  });

  it("counts what ended behind the last edge, though it has no length", async () => {
    const { recording } = await recorded(3500);
    expect(committed(recording.measured.totals)).toBe(12);
    expect(committed(recording.measured.window(0, 3500))).toBe(9);
    expect(recording.measured.endMs).toBe(3500);
  });

  it("has the seconds that were full, with their latencies, and slots without a gap", async () => {
    const { recording } = await recorded(4100);
    expect(recording.seconds.map((one) => one.committed)).toEqual([3, 3, 2]);
    expect(recording.seconds.map(({ latencyUs }) => latencyUs.max)).toEqual([9990, 20000, 20012]);
    const slots = recording.measured.slots.between(0, 4100);
    expect(slots[0]?.startMs).toBe(0);
    for (const [index, slot] of slots.slice(1).entries()) {
      expect(slot.startMs).toBe(slots[index]?.endMs);
    }
    expect(slots.at(-1)?.endMs).toBe(4100);
    expect(recording.measured.slots.between(0, 1000)).toHaveLength(4);
  });

  it("has nothing to show before all have told, but what they told each second", async () => {
    const recording = new K6Recording(conductor, slotMs, {
      onInterval: () => undefined,
      onPart: () => undefined,
    });
    expect(() => recording.measured).toThrow("the sessions have not told yet");
    const ask = (started: number, done: number) =>
      fetch(
        `${conductor.url}/news?session=0&phase=measured&started=${started}&committed=${done}&aborted=0&unknown=0&retries=0&errors=0`,
      );
    await ask(3, 2);
    expect(await recording.tick("measured", 1000)).toMatchObject({
      started: null,
      interval: { startMs: 0, endMs: 1000, offered: 3, committed: 2 },
    });
    await ask(5, 5);
    expect(await recording.tick("measured", 2000)).toMatchObject({
      started: null,
      interval: { startMs: 1000, endMs: 2000, offered: 2, achieved: 3, committed: 3 },
    });
  });
});
