/** Sessions as a run opens them, for tests of what the observers see of them. */
import { Connection } from "../../src/server/connection.ts";
import { type FreshDatabase, freshDatabase } from "../helpers/postgres.ts";

export const filter = "loadgen/concurrent/";

/** A database and sessions in it that all close together. */
export class World {
  readonly database: FreshDatabase;
  readonly #opened: Connection[] = [];

  private constructor(database: FreshDatabase) {
    this.database = database;
  }

  static async open(): Promise<World> {
    return new World(await freshDatabase());
  }

  async session(applicationName = `${filter}${this.#opened.length + 1}`): Promise<Connection> {
    const connection = await Connection.open(this.database.address, applicationName);
    this.#opened.push(connection);
    return connection;
  }

  async close(): Promise<void> {
    await Promise.all(this.#opened.map((connection) => connection.close()));
    await this.database.drop();
  }
}
