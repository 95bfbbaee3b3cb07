/** A fault of the host has the server to itself, and is over only when the run has it back. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Fault } from "../../../src/faults/fault.ts";
import { localEntries } from "../../../src/faults/journal.ts";
import { thisProcess } from "../../../src/faults/owner.ts";
import { Chaos } from "../../../src/run/faults/chaos.ts";
import type { ArmedFault } from "../../../src/run/faults/fault-course.ts";
import { type FreshDatabase, freshDatabase, until } from "../../helpers/postgres.ts";
import { arm, chaosOptions, notingFault, notingUndo, passingFault } from "./fault.ts";

let database: FreshDatabase;
let folder: string;
let notes: string[];

beforeEach(async () => {
  database = await freshDatabase();
  folder = await mkdtemp(join(tmpdir(), "loadgen-host-"));
  notes = [];
});

afterEach(async () => {
  await database.drop();
  await rm(folder, { recursive: true });
});

function chaos(...armed: readonly ArmedFault[]): Chaos {
  const options = chaosOptions(database, folder, {
    onChange: (text, inForce) => notes.push(`${text} ${inForce ? "in force" : "over"}`),
    async serverBack() {
      notes.push(`back, journalled ${(await localEntries(folder)).length}`);
    },
  });
  return new Chaos(armed, options);
}

function hostFault(given: Partial<Fault> = {}): Fault {
  return notingFault(notes, {
    name: "stopping",
    radius: "host",
    inject: () =>
      Promise.resolve({
        figures: () => Promise.resolve({ stopped: 9, left: 9 }),
        afterwards: () => Promise.resolve({ left: 0 }),
        release: () => Promise.resolve(),
      }),
    ...given,
  });
}

it("is undone, then the run takes up what it held, and only then is it struck out", async () => {
  const run = chaos(arm(hostFault(), { startMs: 0, lengthMs: 10 }));
  run.schedule();
  await until(() => notes.includes("stopping over"), "the end of the fault");
  expect(notes).toEqual([
    "prepare",
    "stopping in force",
    'undo {"before":"as it was"}',
    "back, journalled 1",
    "stopping over",
  ]);
  expect(await localEntries(folder)).toEqual([]);
  // What shows only afterwards stands beside what was seen before.
  expect(run.courses[0]).toMatchObject({ figures: { stopped: 9, left: 0 }, undoProblem: null });
  await run.end();
});

it("is written down with who injected it", async () => {
  const run = chaos(arm(hostFault()));
  await run.injectStanding();
  expect(await localEntries(folder)).toMatchObject([{ owner: await thisProcess() }]);
  expect(run.isServerStopped).toBe(true);
  await run.end();
  expect(run.isServerStopped).toBe(false);
});

it("keeps other faults waiting, those that come and those that go", async () => {
  const run = chaos(
    arm(passingFault(notes), { text: "going", startMs: 0, lengthMs: 40 }),
    arm(hostFault(), { startMs: 20, lengthMs: 3_600_000 }),
    arm(passingFault(notes, { name: "other" }), { text: "coming", startMs: 30 }),
  );
  run.schedule();
  await until(() => notes.includes("stopping in force"), "the fault of the host");
  // Long past the end of the one and the start of the other.
  await until(async () => {
    const [row] = await database.connection.query("select pg_sleep(0.1), true as is_later");
    return row?.is_later === true;
  }, "their times");
  expect(run.textsInForce).toEqual(["going", "stopping"]);
  await run.end();
  // At the end of the run it is undone first; what had not come by then never does.
  expect(notes.slice(notes.indexOf("stopping in force"))).toEqual([
    "stopping in force",
    'undo {"before":"as it was"}',
    "back, journalled 1",
    "stopping over",
    "going over",
  ]);
});

it("does not come before another one of the host is over", async () => {
  const run = chaos(
    arm(hostFault({ name: "first" }), { text: "first", startMs: 0, lengthMs: 20 }),
    arm(hostFault({ name: "second" }), { text: "second", startMs: 10, lengthMs: 10 }),
  );
  run.schedule();
  await until(() => notes.includes("second over"), "the end of the second");
  expect(notes.filter((note) => /in force|over/.test(note))).toEqual([
    "first in force",
    "first over",
    "second in force",
    "second over",
  ]);
  await run.end();
});

it("keeps the server to itself to its own end, also where an earlier one has long been over", async () => {
  const perform = async () => {
    // Long enough for others to come in between.
    await database.connection.query("select pg_sleep(0.1)");
  };
  const slow = hostFault({ name: "slow", undo: notingUndo(notes, { perform }) });
  const run = chaos(
    arm(hostFault({ name: "first" }), { text: "first", startMs: 0, lengthMs: 1 }),
    arm(passingFault(notes), { text: "going", startMs: 0, lengthMs: 3_600_000 }),
    arm(slow, { text: "slow", startMs: 50, lengthMs: 3_600_000 }),
  );
  run.schedule();
  await until(() => ["slow", "going"].every((one) => run.textsInForce.includes(one)), "both");
  await run.end();
  expect(notes.filter((note) => /over$/.test(note))).toEqual([
    "first over",
    "slow over",
    "going over",
  ]);
});
