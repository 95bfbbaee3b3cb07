import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Fault, nothingInForce, type Undo } from "../../../src/faults/fault.ts";
import { localEntries, targetEntries } from "../../../src/faults/journal.ts";
import { Chaos } from "../../../src/run/faults/chaos.ts";
import type { ArmedFault } from "../../../src/run/faults/fault-course.ts";
import { noMark } from "../../../src/run/mark.ts";
import { type FreshDatabase, freshDatabase, until } from "../../helpers/postgres.ts";
import { arm, chaosOptions, notingFault, notingUndo, passingFault } from "./fault.ts";

let database: FreshDatabase;
let folder: string;
let notes: string[];
let cuts: number[];

beforeEach(async () => {
  database = await freshDatabase();
  folder = await mkdtemp(join(tmpdir(), "loadgen-chaos-"));
  notes = [];
  cuts = [];
});

afterEach(async () => {
  await database.drop();
  await rm(folder, { recursive: true });
});

/** Its clock begins now. */
function chaos(...armed: readonly ArmedFault[]): Chaos {
  const options = chaosOptions(database, folder, {
    cut(atMs) {
      cuts.push(atMs);
      return Promise.resolve();
    },
    mark() {
      notes.push("mark");
      return Promise.resolve(noMark);
    },
    onChange: (text, inForce) => notes.push(`${text} ${inForce ? "in force" : "over"}`),
  });
  return new Chaos(armed, options);
}

/** The ids in the journal on disk and in the one in the database. */
async function journalled() {
  const [local, target] = await Promise.all([
    localEntries(folder),
    targetEntries(database.connection),
  ]);
  return [local.map(({ id }) => id), target.map(({ id }) => id)];
}

/** A fault that looks into both journals when it is injected. */
function watching(given: Partial<Fault> = {}): Fault {
  return notingFault(notes, {
    async inject() {
      notes.push(`inject, journalled ${JSON.stringify(await journalled())}`);
      return nothingInForce;
    },
    ...given,
  });
}

const undone = 'undo {"before":"as it was"}';

describe("the faults of a run", () => {
  it("are journalled in both places, then injected, then undone", async () => {
    const run = chaos(arm(watching(), { startMs: 0, lengthMs: 10 }));
    run.schedule();
    await until(() => notes.includes("noting over"), "the end of the fault");
    expect(notes).toEqual([
      "mark",
      "prepare",
      'inject, journalled [["a-run-0"],["a-run-0"]]',
      "mark",
      "noting in force",
      "mark",
      undone,
      "mark",
      "noting over",
    ]);
    const [course] = run.courses;
    expect(course).toMatchObject({ injectProblem: null, undoProblem: null });
    expect(cuts).toEqual([course?.startMs, course?.releasedMs, course?.endMs]);
    expect((course?.endMs ?? 0) - (course?.startMs ?? 0)).toBeGreaterThanOrEqual(9);
    expect(await journalled()).toEqual([[], []]);
    await run.end();
    expect(notes.filter((note) => note === undone)).toHaveLength(1);
  });

  it("journal what a restore will need", async () => {
    const run = chaos(arm(watching()));
    await run.injectStanding();
    const [entry] = await localEntries(folder);
    expect(entry).toMatchObject({
      fault: "noting",
      database: database.address.database,
      server: null,
      undo: { before: "as it was" },
    });
    expect(Date.parse(entry?.injectedAt ?? "")).not.toBeNaN();
    expect(await targetEntries(database.connection)).toEqual([entry]);
    await run.end();
  });

  it("are in force from before the warm-up where they have no start, until the end", async () => {
    const run = chaos(arm(watching(), { text: "standing" }), arm(watching(), { startMs: 0 }));
    await run.injectStanding();
    expect(run.textsInForce).toEqual(["standing"]);
    expect(run.courses.map(({ startMs }) => startMs)).toEqual([0, null]);
    // Its window begins with the measured time, whenever it was injected.
    expect(cuts).toEqual([]);
    await run.end();
    expect(run.textsInForce).toEqual([]);
    expect(notes).toContain("standing over");
    expect(await journalled()).toEqual([[], []]);
  });

  it("are not journalled where all that they do ends with this process", async () => {
    const fault = passingFault(notes, {
      async inject(_context, _parameters, record) {
        notes.push(`inject ${JSON.stringify([record, await journalled()])}`);
        return nothingInForce;
      },
    });
    const run = chaos(arm(fault));
    await run.injectStanding();
    expect(notes).toContain("inject [null,[[],[]]]");
    await run.end();
    expect(run.courses[0]).toMatchObject({ injectProblem: null, undoProblem: null });
  });

  it("never come when the run is over before their start", async () => {
    const run = chaos(arm(watching(), { startMs: 3_600_000, lengthMs: 1000 }));
    run.schedule();
    await run.end();
    expect(notes).toEqual([]);
    expect(run.courses[0]).toMatchObject({ startMs: null, endMs: null, undoProblem: null });
    expect(cuts).toEqual([]);
  });

  it("are undone at the end of the run, however long they were meant to last", async () => {
    const run = chaos(arm(watching(), { startMs: 0, lengthMs: 3_600_000 }));
    run.schedule();
    await until(() => notes.includes("noting in force"), "the fault");
    await run.end();
    expect(notes).toContain(undone);
    expect(run.courses[0]?.endMs).toBeGreaterThan(0);
    expect(await journalled()).toEqual([[], []]);
  });

  it("are undone once, however often the end comes", async () => {
    const run = chaos(arm(watching()), arm(watching(), { startMs: 0 }));
    await run.injectStanding();
    run.schedule();
    await until(() => run.textsInForce.length === 2, "both");
    await Promise.all([run.end(), run.end()]);
    await run.end();
    expect(notes.filter((note) => note === undone)).toHaveLength(2);
  });
});

describe("a fault that follows itself at once", () => {
  it("is undone before it is injected again, and reads what was there before both", async () => {
    let inForce = 0;
    const fault = notingFault(notes, {
      name: "noting",
      inject() {
        inForce++;
        return Promise.resolve(nothingInForce);
      },
      undo: {
        prepare: () => Promise.resolve({ before: inForce }),
        async perform(_, record) {
          // Slower than the next one's start.
          await database.connection.query("select pg_sleep(0.1)");
          inForce = Number(record.before);
        },
      },
    });
    const run = chaos(
      arm(fault, { text: "first", startMs: 0, lengthMs: 20 }),
      arm(fault, { text: "second", startMs: 20, lengthMs: 20 }),
    );
    run.schedule();
    await until(() => notes.includes("second over"), "the end of the second");
    await run.end();
    expect(notes.filter((note) => /in force|over/.test(note))).toEqual([
      "first in force",
      "first over",
      "second in force",
      "second over",
    ]);
    expect(inForce).toBe(0);
    expect(await journalled()).toEqual([[], []]);
  });
});

describe("a fault that goes wrong", () => {
  it("in its injection is undone as if it had worked, for half of it may have", async () => {
    const fault = watching({ inject: () => Promise.reject(new Error("only half of it worked")) });
    const run = chaos(arm(fault));
    await run.injectStanding();
    expect(run.courses[0]).toMatchObject({ injectProblem: "only half of it worked" });
    expect(await journalled()).toEqual([["a-run-0"], ["a-run-0"]]);
    await run.end();
    expect(notes).toContain(undone);
    expect(run.courses[0]).toMatchObject({ undoProblem: null });
    expect(await journalled()).toEqual([[], []]);
  });

  it.each<[string, Undo["prepare"]]>([
    ["cannot read", () => Promise.reject(new Error("not to be read"))],
    ["cannot write down", () => Promise.resolve({ before: "\u0000" })],
  ])("is not injected where it %s what its undo will need", async (_, prepare) => {
    const run = chaos(arm(watching({ undo: notingUndo(notes, { prepare }) })));
    // A journal that the database does not take.
    await database.connection.script(
      "create schema loadgen_chaos; create table loadgen_chaos.journal (something integer);",
    );
    await run.injectStanding();
    expect(run.courses[0]?.injectProblem).not.toBeNull();
    expect(notes.filter((note) => /^(inject|undo)/.test(note))).toEqual([]);
    expect(await localEntries(folder)).toEqual([]);
    await run.end();
    expect(notes.filter((note) => /^(inject|undo)/.test(note))).toEqual([]);
  });

  it("in its undo says what is left, and keeps its entry for a restore", async () => {
    const perform = () => Promise.reject(new Error("drop it by hand"));
    const fault = watching({ undo: notingUndo(notes, { perform }) });
    const run = chaos(arm(fault), arm(watching()));
    await run.injectStanding();
    await run.end();
    expect(run.courses.map(({ undoProblem }) => undoProblem)).toEqual([
      "drop it by hand. To try again: loadgen chaos restore",
      null,
    ]);
    expect(await journalled()).toEqual([["a-run-0"], ["a-run-0"]]);
  });
});
