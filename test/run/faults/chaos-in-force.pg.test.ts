/** What a fault in force tells, holds and leaves: figures, connections, work of its own, a debt. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nothingInForce } from "../../../src/faults/fault.ts";
import { Chaos } from "../../../src/run/faults/chaos.ts";
import type { ArmedFault } from "../../../src/run/faults/fault-course.ts";
import { type FreshDatabase, freshDatabase, until } from "../../helpers/postgres.ts";
import { arm, chaosOptions, notingFault, passingFault } from "./fault.ts";

let database: FreshDatabase;
let folder: string;
let notes: string[];

beforeEach(async () => {
  database = await freshDatabase();
  folder = await mkdtemp(join(tmpdir(), "loadgen-in-force-"));
  notes = [];
});

afterEach(async () => {
  await database.drop();
  await rm(folder, { recursive: true });
});

function chaos(...armed: readonly ArmedFault[]): Chaos {
  const options = chaosOptions(database, folder, {
    onChange: (text, inForce) => notes.push(`${text} ${inForce ? "in force" : "over"}`),
  });
  return new Chaos(armed, options);
}

const undone = 'undo {"before":"as it was"}';

describe("faults in force", () => {
  it("are released, once, where there is nothing else to undo", async () => {
    const release = () => Promise.resolve(void notes.push("release"));
    const fault = passingFault(notes, {
      inject: () => Promise.resolve({ ...nothingInForce, release }),
    });
    const run = chaos(arm(fault));
    await run.injectStanding();
    expect(notes).not.toContain("release");
    await run.end();
    await run.end();
    expect(notes.filter((note) => note === "release")).toHaveLength(1);
    expect(run.courses[0]).toMatchObject({ undoProblem: null });
  });

  it("tell their figures before they are released, and are released before their undo", async () => {
    const fault = notingFault(notes, {
      inject: () =>
        Promise.resolve({
          figures() {
            notes.push("figures");
            return Promise.resolve({ ended: 3 });
          },
          release: () => Promise.resolve(void notes.push("release")),
        }),
    });
    const run = chaos(arm(fault));
    await run.injectStanding();
    await run.end();
    const told = notes.filter((note) => /^(figures|release|undo)/.test(note));
    expect(told).toEqual(["figures", "release", undone]);
    expect(run.courses[0]?.figures).toEqual({ ended: 3 });
  });

  it("have connections that end with them, and work whose failure is told", async () => {
    const pids: number[] = [];
    const fault = notingFault(notes, {
      async inject(context) {
        pids.push((await context.connect()).pid);
        context.background(() => Promise.reject(new Error("the pencil broke")));
        return nothingInForce;
      },
    });
    const run = chaos(arm(fault));
    await run.injectStanding();
    expect(await livingOf(pids)).toEqual(pids);
    await run.end();
    await until(async () => (await livingOf(pids)).length === 0, "the end of its connection");
    expect(run.courses[0]).toMatchObject({ trouble: "the pencil broke", undoProblem: null });
  });

  it("draw the same of the same seed, each for itself", async () => {
    const draws = async () => {
      const drawn: number[] = [];
      const fault = notingFault(notes, {
        inject({ random }) {
          drawn.push(random.between(1, 1_000_000));
          return Promise.resolve(nothingInForce);
        },
      });
      const run = chaos(arm(fault), arm(fault));
      await run.injectStanding();
      await run.end();
      return drawn;
    };
    const drawn = await draws();
    expect(new Set(drawn).size).toBe(2);
    expect(await draws()).toEqual(drawn);
  });
});

describe("a fault in force that goes wrong", () => {
  it("in its release says what is left, where there is no undo", async () => {
    const release = () => Promise.reject(new Error("thaw it by hand"));
    const fault = passingFault(notes, {
      inject: () => Promise.resolve({ ...nothingInForce, release }),
    });
    const run = chaos(arm(fault));
    await run.injectStanding();
    await run.end();
    expect(run.courses[0]?.undoProblem).toMatch(/^thaw it by hand\. /);
  });

  it("in its figures is undone all the same, and has none", async () => {
    const figures = () => Promise.reject(new Error("nobody answered"));
    const fault = notingFault(notes, {
      inject: () => Promise.resolve({ ...nothingInForce, figures }),
    });
    const run = chaos(arm(fault));
    await run.injectStanding();
    await run.end();
    expect(notes).toContain(undone);
    expect(run.courses[0]).toMatchObject({ figures: {}, undoProblem: null });
  });
});

describe("the debt of a fault", () => {
  it("is watched from its undo on, by what there was before it", async () => {
    let amount = 10;
    const fault = notingFault(notes, {
      inject() {
        amount = 500;
        return Promise.resolve(nothingInForce);
      },
      debt: { unit: "crumbs", lateMs: 0, read: () => Promise.resolve(amount) },
    });
    const run = chaos(arm(fault, { startMs: 0, lengthMs: 10 }));
    run.schedule();
    await until(() => notes.includes("noting over"), "the end of the fault");
    expect(run.courses[0]?.debt).toBeNull();
    await run.end();
    expect(run.courses[0]?.debt).toMatchObject({
      unit: "crumbs",
      before: 10,
      atRelease: 500,
      left: 500,
      repaidAfterMs: null,
    });
  });

  it("is none where nobody could say how much there was before", async () => {
    const read = () => Promise.reject(new Error("nobody answered"));
    const run = chaos(arm(notingFault(notes, { debt: { unit: "crumbs", lateMs: 0, read } })));
    await run.injectStanding();
    await run.end();
    expect(run.courses[0]).toMatchObject({ debt: null, undoProblem: null });
  });
});

/** Those of the backends that there are still. */
async function livingOf(pids: readonly number[]): Promise<readonly unknown[]> {
  const rows = await database.connection.query(
    "select pid from pg_catalog.pg_stat_activity where pid = any($1::int4[])",
    [[...pids]],
  );
  return rows.map(({ pid }) => pid);
}
