/** A variant of a system, loaded small into a database of its own, and what tests of any system ask of it. */
import type { FixtureParameters, System } from "../../src/core/system.ts";
import { knownVariant } from "../../src/core/variant.ts";
import type { Address } from "../../src/server/address.ts";
import type { Connection } from "../../src/server/connection.ts";
import { bundledFixture } from "../../src/server/fixture/fixture.ts";
import { loadFixture } from "../../src/server/fixture/load-fixture.ts";
import { withParameters } from "../../src/server/sql-parameters.ts";
import { type FreshDatabase, freshDatabase } from "./postgres.ts";

/** What is loaded. */
export interface Content {
  readonly system: System;
  readonly variant: string;
  /** But for those that the variant sets. */
  readonly sizes: FixtureParameters;
}

export async function loadedDatabase(
  { system, variant, sizes }: Content,
  server: Address,
): Promise<FreshDatabase> {
  const database = await freshDatabase(server);
  const parameters = { ...sizes, ...knownVariant(system, variant).parameters };
  await loadFixture(database.connection, bundledFixture(system, variant, parameters), () => {});
  return database;
}

export class LoadedSystem {
  readonly database: FreshDatabase;
  readonly content: Content;

  protected constructor(database: FreshDatabase, content: Content) {
    this.database = database;
    this.content = content;
  }

  get connection(): Connection {
    return this.database.connection;
  }

  get variant(): string {
    return this.content.variant;
  }

  /** The names of the invariants that do not hold for a run that wrote these keys of registers. */
  async broken(keys: readonly string[] = []): Promise<readonly string[]> {
    const { system, sizes } = this.content;
    const names: string[] = [];
    for (const { name, violations } of system.invariants) {
      const sql = withParameters(violations, sizes);
      const rows = await this.connection.query(sql, system.registers === null ? [] : [keys]);
      if (rows.length > 0) names.push(name);
    }
    return names;
  }

  /** Does something, asks which invariants are broken, and undoes it. */
  async brokenBy(sql: string, keys: readonly string[] = []): Promise<readonly string[]> {
    await this.connection.query("begin");
    try {
      await this.connection.script(sql);
      return await this.broken(keys);
    } finally {
      await this.connection.query("rollback");
    }
  }

  /** The first column of the first row; undefined if there is none. */
  async one(sql: string, ...given: readonly unknown[]): Promise<unknown> {
    const [row] = await this.connection.query(sql, [...given]);
    return row === undefined ? undefined : Object.values(row)[0];
  }

  /** Of the only column of each row. */
  async texts(sql: string, ...given: readonly unknown[]): Promise<readonly string[]> {
    const rows = await this.connection.query(sql, [...given]);
    return rows.map((row) => String(Object.values(row)[0]));
  }
}
