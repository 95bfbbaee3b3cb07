import { describe, expect, it } from "vitest";
import { hasColours, printingListener, toAll } from "../../src/cli/listeners.ts";
import { liveHeading, liveHeadingOpenLoop } from "../../src/report/terminal.ts";
import { Tally } from "../../src/metrics/tally.ts";
import type { RunSample } from "../../src/run/listener.ts";
import { silentListener } from "../helpers/plan.ts";

const none = { mean: null, p50: null, p90: null, p95: null, p99: null, p99_9: null, max: null };

const sample: RunSample = {
  phase: "measured",
  atMs: 1_000,
  offered: 1,
  achieved: 1,
  waiting: null,
  committed: 1,
  aborted: 0,
  unknown: 0,
  errors: 0,
  retries: 0,
  latencyUs: none,
  busySessions: 1,
  activeSessions: 1,
  waits: [],
  lockEdges: [],
  oldestTransactionMs: null,
  tables: null,
  faults: [],
};

function listening(given: { isTTY?: boolean; quiet?: boolean }) {
  const written: string[] = [];
  const output = {
    write: (text: string) => written.push(text),
    ...(given.isTTY === undefined ? {} : { isTTY: given.isTTY }),
  };
  return { listener: printingListener(output, given.quiet ?? false), written };
}

describe("a run that is listened to in a log", () => {
  it("has lines for phases and notes, and plain lines a second under one heading", () => {
    const { listener, written } = listening({});
    listener.phase("cloning it");
    listener.sample(sample);
    listener.sample(sample);
    listener.note("no checkpoint");
    const [, , live = ""] = written;
    expect(written).toEqual([
      "· cloning it\n",
      `${liveHeading}\n`,
      live,
      live,
      "! no checkpoint\n",
    ]);
    expect(live).toMatch(/^ {5}1 s .*1\/s.*\n$/);
  });

  it("has a column for arrivals that wait, in an open loop, from the warm-up on", () => {
    const { listener, written } = listening({});
    listener.sample({ ...sample, phase: "warmup", atMs: 0, waiting: 0 });
    listener.sample({ ...sample, waiting: 4_321 });
    expect(written[0]).toBe(`${liveHeadingOpenLoop}\n`);
    expect(written).toHaveLength(3);
    expect(written[2]).toContain(" 4321 ");
    expect(written[2]?.indexOf("4321")).toBe(liveHeadingOpenLoop.indexOf("waiting") + 3);
  });

  it("has a line for each thing that is loaded, not for each step of it", () => {
    const { listener, written } = listening({ isTTY: false });
    for (const done of [0, 50, 100]) listener.progress("dms.alias", done, 100);
    for (const done of [0, 100]) listener.progress("dms.reference", done, 100);
    expect(written).toEqual(["  dms.alias\n", "  dms.reference\n"]);
  });
});

describe("a run that is listened to at a terminal", () => {
  it("has a bar that is written over, also by what comes next", () => {
    const { listener, written } = listening({ isTTY: true });
    listener.progress("dms.alias", 0, 100);
    // So soon after the one before, only the end is worth writing.
    listener.progress("dms.alias", 50, 100);
    listener.progress("dms.alias", 100, 100);
    listener.phase("cloning it");
    listener.phase("measuring");
    const over = "\r\u001b[K";
    expect(written).toEqual([
      `  ${"░".repeat(24)}   0 %  dms.alias: 0 of 100 rows`,
      `${over}  ${"█".repeat(24)} 100 %  dms.alias: 100 of 100 rows`,
      `${over}· cloning it\n`,
      "· measuring\n",
    ]);
  });

  it("has a full bar where there is nothing to do, and is never fuller than full", () => {
    const { listener, written } = listening({ isTTY: true });
    listener.progress("nothing", 0, 0);
    listener.progress("all", 100, 100);
    for (const text of written) expect(text).toContain(`${"█".repeat(24)} 100 %`);
  });
});

describe("a quiet run", () => {
  it("has neither live lines nor progress, but phases and notes", () => {
    const { listener, written } = listening({ isTTY: true, quiet: true });
    listener.progress("dms.alias", 1, 2);
    listener.sample(sample);
    listener.phase("cloning it");
    listener.note("no checkpoint");
    expect(written).toEqual(["· cloning it\n", "! no checkpoint\n"]);
  });
});

describe("colours", () => {
  it.each([
    [{ isTTY: true }, {}, true],
    [{ isTTY: false }, {}, false],
    [{}, {}, false],
    [{}, { CI: "true" }, false],
    [{ isTTY: true }, { NO_COLOR: "1" }, false],
    [{ isTTY: true }, { NO_COLOR: "" }, true],
    [{ isTTY: true }, { TERM: "dumb" }, false],
  ])("for output %o with %o: %o", (output, env, wanted) => {
    expect(hasColours(output, env)).toBe(wanted);
  });
});

describe("a run that two listen to", () => {
  it("tells both of each second and each interval, and one of all else", () => {
    const told: string[] = [];
    const one = {
      ...silentListener,
      note: () => told.push("one note"),
      sample: () => told.push("one sample"),
      interval: () => told.push("one interval"),
    };
    const other = {
      sample: () => told.push("other sample"),
      interval: () => told.push("other interval"),
    };
    const both = toAll([one, other]);
    both.note("a note");
    both.sample(sample);
    both.interval({ startMs: 0, endMs: 1, tally: new Tally() });
    expect(told).toEqual([
      "one note",
      "one sample",
      "other sample",
      "one interval",
      "other interval",
    ]);
  });
});
