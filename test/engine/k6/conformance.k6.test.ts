/**
 * One suite for both engines: the same cases are performed by both drivers of pg and by k6, each in a
 * database of its own, and what they tell of them must be the same.
 */
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import type { ConnectionStep, Row } from "../../../src/core/step.ts";
import { runScript } from "../../helpers/k6-script.ts";
import { type FreshDatabase, freshDatabase } from "../../helpers/postgres.ts";
import { closeSessions, drivers, openSession } from "../pg/sessions.ts";
import { cases, schemaSql } from "./conformance/cases.ts";
import { type Case, execute, outlineOf, playerName, type Told } from "./conformance/play.ts";
import type { Played } from "./conformance/player.ts";

const k6 = inject("k6");
const script = join(import.meta.dirname, "conformance", "script.ts");

async function schema(): Promise<FreshDatabase> {
  const database = await freshDatabase();
  await database.connection.script(schemaSql);
  return database;
}

describe.skipIf(k6 === null)("k6 and pg agree", () => {
  const databases = new Map<string, FreshDatabase>();
  let onK6: Readonly<Record<string, Played>>;

  beforeAll(async () => {
    for (const name of ["k6", ...drivers]) databases.set(name, await schema());
    const [played] = await runScript(String(k6), script, databases.get("k6")!.address);
    onK6 = played as typeof onK6;
  });

  afterEach(closeSessions);

  afterAll(async () => {
    for (const database of databases.values()) await database.drop();
  });

  async function playedOnPg(driver: (typeof drivers)[number], { play }: Case) {
    const { address, connection } = databases.get(driver)!;
    const { perform } = await openSession(driver, address);
    await perform(execute(`set application_name = '${playerName}'`));
    const played = play();
    let next = played.next();
    while (next.done !== true) {
      const step = next.value;
      let rows: readonly Row[] = [];
      try {
        if (step.kind === "elsewhere") await connection.script(step.sql);
        else rows = await perform(step as ConnectionStep);
      } catch (failure) {
        next = played.throw(failure);
        continue;
      }
      next = played.next(rows);
    }
    return next.value;
  }

  it.each(cases.map((one) => [one.name, one] as const))("%s", async (name, one) => {
    const told: readonly Told[] = onK6[name]!.told;
    expect(told).not.toEqual([]);
    for (const driver of drivers) expect(told, driver).toEqual(await playedOnPg(driver, one));
    if (one.outline !== null) expect(outlineOf(told)).toEqual(one.outline);
  });
});
