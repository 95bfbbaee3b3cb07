/** A load that somebody else drives: loops that share a pg.Pool, as a service does. */
import { setTimeout as wait } from "node:timers/promises";
import pg from "pg";
import type { Address } from "../../src/server/address.ts";
import type { Connection } from "../../src/server/connection.ts";
import { environmentOf } from "../helpers/loadgen.ts";
import { until } from "../helpers/postgres.ts";

/** What the table of the load is made with. */
export const driverTable = "create table public.driven (id int); insert into driven values (1)";

/** Of the service's own, with the transaction open. */
const holdMs = 5;

export class Driver {
  readonly #pool: pg.Pool;
  readonly #loops: Promise<unknown>;
  #stopped = false;

  constructor(address: Address, load: { readonly sockets: number; readonly loops: number }) {
    this.#pool = new pg.Pool({ ...address.clientConfig("driver/test"), max: load.sockets });
    // A server that goes away ends connections in use and idle ones; the loops meet it themselves.
    this.#pool.on("error", () => undefined);
    this.#pool.on("connect", (client) => client.on("error", () => undefined));
    this.#loops = Promise.all(Array.from({ length: load.loops }, () => this.#loop()));
    // stop() has it.
    this.#loops.catch(() => undefined);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#loops;
    await this.#pool.end();
  }

  async #loop(): Promise<void> {
    while (!this.#stopped) {
      try {
        await this.#transaction();
      } catch {
        // The server went away: this driver, like many, ends then.
        return;
      }
    }
  }

  async #transaction(): Promise<void> {
    const client = await this.#pool.connect();
    let failure: Error | undefined;
    try {
      await client.query("begin");
      await client.query("select id from public.driven");
      await wait(holdMs);
      await client.query("commit");
    } catch (error) {
      failure = error as Error;
      throw error;
    } finally {
      client.release(failure);
    }
  }
}

/** Backends that each stay at what they were told to do, whatever comes of it, until they are ended. */
export class StandingLoad {
  readonly #clients: readonly pg.Client[];

  private constructor(clients: readonly pg.Client[]) {
    this.#clients = clients;
  }

  /** A backend for each of these statements. */
  static async start(address: Address, statements: readonly string[]): Promise<StandingLoad> {
    const clients = statements.map(() => new pg.Client(address.clientConfig("driver/test")));
    await Promise.all(clients.map((client) => client.connect()));
    for (const [index, client] of clients.entries()) {
      client.on("error", () => undefined);
      // It ends with the connection.
      client.query(statements[index] ?? "").catch(() => undefined);
    }
    return new StandingLoad(clients);
  }

  /** By the server: a client that only goes leaves its backend at work. */
  async stop(connection: Connection): Promise<void> {
    await connection.query(
      `select pg_terminate_backend(pid, 10000) from pg_catalog.pg_stat_activity
        where datname = current_database() and application_name = 'driver/test'`,
      [],
    );
    await Promise.all(this.#clients.map((client) => client.end().catch(() => undefined)));
  }
}

/**
 * For the command line: as if the server were on another machine, for 0.0.0.0 leads to this one as well
 * but is no loopback. Whoever else keeps the cores busy during a test is to decide nothing.
 */
export function elsewhere(address: Address): Readonly<Record<string, string>> {
  return { ...environmentOf(address), PGHOST: "0.0.0.0" };
}

/** Until there are so many backends of these names. */
export async function untilBackends(
  connection: Connection,
  prefix: string,
  count: number,
): Promise<void> {
  await until(async () => {
    const [row] = await connection.query(
      `select count(*)::int4 as count from pg_catalog.pg_stat_activity
        where datname = current_database() and starts_with(application_name, $1)`,
      [prefix],
    );
    return row?.count === count;
  }, `${count} backends`);
}
