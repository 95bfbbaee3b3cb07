import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { crash } from "../../src/faults/crash.ts";
import { audit } from "../../src/run/audit.ts";
import type { FaultCourse } from "../../src/run/faults/fault-course.ts";
import { checkIndexes } from "../../src/run/index-check.ts";
import { Connection } from "../../src/server/connection.ts";
import { planWith } from "../helpers/plan.ts";
import { type FreshDatabase, freshDatabase } from "../helpers/postgres.ts";
import { freshRole } from "../helpers/role.ts";
import { arm, courseOf } from "./faults/fault.ts";

let database: FreshDatabase;

beforeEach(async () => {
  database = await freshDatabase();
});

afterEach(() => database.drop());

const tables = `
  create function doubled(number integer) returns integer language sql immutable as 'select 2 * number';
  create table plain (id integer primary key, note text);
  create table computed (number integer);
  create index computed_doubled on computed (doubled(number));
  insert into plain select number, repeat('x', number) from generate_series(1, 100) as number;
  insert into computed select number from generate_series(1, 100) as number;`;

describe("the indexes after a crash", () => {
  it("hold where each has what its table has", async () => {
    await database.connection.script(tables);
    const result = await checkIndexes(database.connection);
    expect(result).toEqual({
      name: "indexes-intact",
      ok: true,
      evidence:
        "bt_index_check with heapallindexed looked at 3 indexes of 3 tables and found nothing wrong.",
    });
  });

  it("are broken where one lacks a row of its table", async () => {
    await database.connection.script(tables);
    // What it was built with is no longer what it means: the same as rows that got lost.
    await database.connection.script(
      "create or replace function doubled(number integer) returns integer language sql immutable as 'select 3 * number';",
    );
    const { ok, evidence } = await checkIndexes(database.connection);
    expect(ok).toBe(false);
    expect(evidence).toMatch(/Found: computed_doubled: .* \(XX00[12]\)$/);
  });

  it("are not called intact where amcheck is not to be had", async () => {
    await database.connection.script(tables);
    const role = await freshRole(database.address);
    const result = await Connection.use(role.address, "loadgen/test", checkIndexes);
    expect(result).toMatchObject({ ok: null });
    expect(result.evidence).toMatch(/could not be checked: amcheck is not to be had .*42501/);
    await role.drop();
  });

  it("are not called intact where there is none", async () => {
    expect(await checkIndexes(database.connection)).toMatchObject({
      ok: null,
      evidence: expect.stringContaining("no B-tree") as string,
    });
  });

  it("are looked at where something crashed, and only there", async () => {
    await database.connection.script(tables);
    const came = courseOf(arm(crash), { startMs: 10, endMs: 20 });
    const never = courseOf(arm(crash), { startMs: null, endMs: null });
    const audited = async (...courses: readonly FaultCourse[]) => {
      const known = { untoldSessions: 0, fates: null, lastWrites: { writes: [], keysLeftOut: [] } };
      const subject = { system: null, plan: planWith(), known, courses };
      return (await audit(subject, database.address)).invariants;
    };
    expect(await audited(never)).toEqual([]);
    expect(await audited(never, came)).toMatchObject([{ name: "indexes-intact", ok: true }]);
  });
});
