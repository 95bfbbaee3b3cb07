/** A variant of dms under several sessions at once: what has to be retried, and what must hold after it. */
import { expect } from "vitest";
import { dms } from "../../fixtures/dms/system.ts";
import { Failure } from "../../src/core/failure.ts";
import { transactionStream } from "../../src/core/random.ts";
import type { OptionValue } from "../../src/core/scenario.ts";
import { Connection } from "../../src/server/connection.ts";
import { bundledFixture } from "../../src/server/fixture/fixture.ts";
import { loadFixture } from "../../src/server/fixture/load-fixture.ts";
import { withParameters } from "../../src/server/sql-parameters.ts";
import { contextOf, scenarioNamed } from "../scenarios/worlds.ts";
import { fewPartitions } from "./composed-variants.ts";
import { drive } from "./drive.ts";
import { type FreshDatabase, freshDatabase } from "./postgres.ts";

const sessions = 3;
/** As many as scenarios draw references from, and some. */
const sizes = { documents: 120, references: 1_200, averageReferences: 10 };
/** A pair that meets again and again would be a defect of its own. */
const attemptsMax = 20;

/** Runs `work` on a database with the variant, and asks the invariants. */
export async function withVariant(
  variant: string,
  work: (database: FreshDatabase) => Promise<void>,
): Promise<void> {
  const parameters = { ...sizes, ...fewPartitions(variant) };
  const database = await freshDatabase();
  try {
    await loadFixture(database.connection, bundledFixture(dms, variant, parameters), () => {});
    await work(database);
    for (const { name, violations } of dms.invariants) {
      const rows = await database.connection.query(withParameters(violations, parameters), [[]]);
      expect(rows, name).toEqual([]);
    }
  } finally {
    await database.drop();
  }
}

/** So many transactions by each of the sessions. Returns the SQLSTATEs after which one was repeated. */
export async function runInSessions(
  { address, connection }: FreshDatabase,
  name: string,
  transactions: number,
  options: Readonly<Record<string, OptionValue>> = {},
): Promise<readonly string[]> {
  const scenario = scenarioNamed(name);
  const context = contextOf(scenario, options);
  const world = await drive(connection, scenario.prepare(context));
  const repeated: string[] = [];
  const session = (number: number) =>
    Connection.use(address, `loadgen/test-${number}`, async (own) => {
      for (let index = 0; index < transactions; index++) {
        const random = transactionStream(context.seed, "measured", number, index);
        const { steps } = scenario.draw(random, world, context, number);
        for (let attempt = 1; ; attempt++) {
          const code = await drive(own, steps()).then(() => null, codeOf);
          if (code === null) break;
          expect(scenario.retry.codes, `of ${name}`).toContain(code);
          expect(attempt).toBeLessThan(attemptsMax);
          repeated.push(code);
          await own.query("rollback");
        }
      }
    });
  await Promise.all(Array.from({ length: sessions }, (_, number) => session(number)));
  return repeated;
}

function codeOf(error: unknown): string {
  if (error instanceof Failure) return error.code;
  throw error;
}

/** A few transactions of readers and writers, and of writers alone. */
export function expectToStandSessions(variant: string): Promise<void> {
  return withVariant(variant, async (database) => {
    await runInSessions(database, "concurrent", 4);
    await runInSessions(database, "mixed", 15);
  });
}
