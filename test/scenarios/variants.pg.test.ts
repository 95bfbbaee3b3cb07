import { expect, it } from "vitest";
import { dms } from "../../fixtures/dms/system.ts";
import { scenarios } from "../../scenarios/index.ts";
import { transactionStream } from "../../src/core/random.ts";
import { knownVariant } from "../../src/core/variant.ts";
import { readTables } from "../../src/observe/tables.ts";
import { bundledFixture } from "../../src/server/fixture/fixture.ts";
import { loadFixture } from "../../src/server/fixture/load-fixture.ts";
import { withParameters } from "../../src/server/sql-parameters.ts";
import { drive } from "../helpers/drive.ts";
import { freshDatabase } from "../helpers/postgres.ts";
import { contextOf } from "./worlds.ts";

const common = { documents: 1_000, references: 5_000, partitions: 4, keys: 16 };
/** Of the one that has several operations; the others do the same each time. */
const ofMixed = 20;
/** A thousand documents in one transaction take as long as everything else together. */
const leftOut = "batch-1000";

it.each(["unpartitioned", "two-level"])(
  "every scenario of dms runs on tables that are %s, and its tables are counted",
  async (variant) => {
    const own = knownVariant(dms, variant).parameters;
    const parameters = { averageReferences: 10, ...common, ...own, partitions: 4 };
    const database = await freshDatabase();
    const { connection } = database;
    try {
      await loadFixture(connection, bundledFixture(dms, variant, parameters), () => {});
      const ofDms = scenarios.filter(({ name, system }) => system === "dms" && name !== leftOut);
      for (const scenario of ofDms) {
        const context = contextOf(scenario);
        const world = await drive(connection, scenario.prepare(context));
        for (let number = 0; number < (scenario.name === "mixed" ? ofMixed : 1); number++) {
          const random = transactionStream(context.seed, "measured", 0, number);
          await drive(connection, scenario.draw(random, world, context, 0).steps());
        }
      }
      for (const { name, violations } of dms.invariants) {
        expect(await connection.query(withParameters(violations, parameters), [[]]), name).toEqual(
          [],
        );
      }
      const tables = await readTables(connection);
      const stored = tables.filter(({ root, toast }) => root === "dms.reference" && !toast);
      expect(stored).toHaveLength(variant === "unpartitioned" ? 1 : 4 * 4);
    } finally {
      await database.drop();
    }
  },
);
