/**
 * A PgBouncer of a run's own, in front of its database: transaction pooling, behind a Unix socket in
 * a folder that nobody else can enter. It ends with this process, however that ends.
 */
import { randomBytes } from "node:crypto";
import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Row } from "../core/step.ts";
import { Address } from "./address.ts";
import { Connection, ServerError } from "./connection.ts";
import { KeptProcess } from "./kept-process.ts";
import { checkCanEnter, giveTo, serverUser } from "./operating-user.ts";

export interface PgbouncerOptions {
  readonly program: string;
  /** The run's database. */
  readonly behind: Address;
  /** How many connections it may have to the server while nothing limits it. */
  readonly poolSize: number;
  /** How many clients may connect. */
  readonly clients: number;
  /** What each of its connections to the server begins with, such as `set lock_timeout = 5000`. */
  readonly settings: readonly string[];
}

/** In one folder there is one. */
const port = 6432;
/** Its own names: what the database and the login are called is no matter to its clients. */
const database = "run";
const login = "loadgen";

const startingMsMax = 10_000;
const narrowingMsMax = 5_000;
const pollMs = 20;

/** What its console says of it. */
interface Pool {
  readonly waiting: number;
  readonly serverConnections: number;
  readonly loggingIn: number;
}

export class Pgbouncer {
  /** The run's database, by way of it. */
  readonly address: Address;
  readonly #folder: string;
  readonly #process: KeptProcess;
  readonly #options: PgbouncerOptions;

  private constructor(
    address: Address,
    folder: string,
    started: KeptProcess,
    options: PgbouncerOptions,
  ) {
    this.address = address;
    this.#folder = folder;
    this.#process = started;
    this.#options = options;
  }

  /** Rejects with a ServerError where it does not start, or does not get to the server. */
  static async start(options: PgbouncerOptions): Promise<Pgbouncer> {
    const folder = await mkdtemp(join(await realpath(tmpdir()), "loadgen-pgbouncer-"));
    // As PostgreSQL itself, it does not run as root.
    const user = await serverUser(folder);
    const password = randomBytes(16).toString("hex");
    const files = {
      "pgbouncer.ini": settingsText(folder, options),
      users: `"${login}" "${password}"\n`,
    };
    for (const [name, text] of Object.entries(files)) {
      await writeFile(join(folder, name), text, { mode: 0o600 });
      await giveTo(user, join(folder, name));
    }
    await giveTo(user, folder);
    await checkCanEnter(user, folder);
    const started = new KeptProcess({
      program: options.program,
      words: ["-q", join(folder, "pgbouncer.ini")],
      folder,
      env: process.env,
      user,
      // A password is in it.
      takesFolder: true,
    });
    const url = `postgresql://${login}:${password}@${encodeURIComponent(folder)}:${port}/${database}?sslmode=disable`;
    const bouncer = new Pgbouncer(Address.from(url, {}), folder, started, options);
    try {
      await bouncer.#answers();
      return bouncer;
    } catch (error) {
      await bouncer.close();
      throw error;
    }
  }

  /**
   * At most so many connections to the server, and never more than it had; null: as many as before.
   * Resolves when it has no more, or when those that are too many have transactions that last.
   */
  async limitPool(max: number | null): Promise<void> {
    const { poolSize } = this.#options;
    const size = Math.min(max ?? poolSize, poolSize);
    await this.#command(`set default_pool_size = ${size}`);
    // One that is closed in the middle of its login counts as a server that cannot be reached.
    await this.#until(({ loggingIn }) => loggingIn === 0);
    if ((await this.#pool()).serverConnections <= size) return;
    // By itself it closes connections only while they are idle, which under load they never are.
    await this.#command(`reconnect ${database}`);
    await this.#until(({ serverConnections }) => serverConnections <= size);
  }

  /** Clients that wait for a connection, and connections to the server. */
  async pools(): Promise<{ readonly waiting: number; readonly serverConnections: number }> {
    const { waiting, serverConnections } = await this.#pool();
    return { waiting, serverConnections };
  }

  /** Whoever is connected is cut off. Resolves when it is gone. */
  async close(): Promise<void> {
    await this.#process.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #command(text: string): Promise<readonly Row[]> {
    const console = this.address.withDatabase("pgbouncer");
    return Connection.use(console, "loadgen/pooler", (connection) => connection.query(text));
  }

  async #pool(): Promise<Pool> {
    const rows = await this.#command("show pools");
    const own = rows.filter((row) => row.database === database);
    const sum = (...columns: readonly string[]) =>
      own.flatMap((row) => columns.map((name) => Number(row[name] ?? 0))).reduce(add, 0);
    return {
      waiting: sum("cl_waiting"),
      serverConnections: sum("sv_active", "sv_idle", "sv_used", "sv_tested", "sv_login"),
      loggingIn: sum("sv_login"),
    };
  }

  /** Or until that has taken too long. */
  async #until(condition: (pool: Pool) => boolean): Promise<void> {
    const deadlineMs = performance.now() + narrowingMsMax;
    while (performance.now() < deadlineMs && !condition(await this.#pool())) await wait(pollMs);
  }

  /** Waits until a connection by way of it gets through to the server. */
  async #answers(): Promise<void> {
    const deadlineMs = performance.now() + startingMsMax;
    for (;;) {
      try {
        await Connection.use(this.address, "loadgen/pooler", (one) => one.script("select 1"));
        return;
      } catch (error) {
        const isOver = this.#process.isOver || performance.now() > deadlineMs;
        // Until it listens there is no socket.
        if (!isOver && error instanceof ServerError && error.code === "ENOENT") {
          await wait(pollMs);
          continue;
        }
        throw new ServerError(
          `PgBouncer does not get to ${this.#options.behind.display}: ${messageOf(error)}\n${this.#process.log}`,
          error instanceof ServerError ? error.code : "",
          error,
        );
      }
    }
  }
}

function settingsText(folder: string, options: PgbouncerOptions): string {
  const { behind, poolSize, clients, settings } = options;
  const { host, port: serverPort, user, password } = behind.clientConfig("");
  const server = {
    host: String(host),
    port: String(serverPort),
    user: String(user),
    dbname: behind.database,
    ...(typeof password === "string" ? { password } : {}),
    ...(settings.length === 0 ? {} : { connect_query: settings.join("; ") }),
  };
  const words = Object.entries(server).map(([name, value]) => `${name}=${quoted(value)}`);
  return `
[databases]
${database} = ${words.join(" ")}
[pgbouncer]
unix_socket_dir = ${folder}
listen_port = ${port}
auth_type = md5
auth_file = ${join(folder, "users")}
admin_users = ${login}
pool_mode = transaction
default_pool_size = ${poolSize}
max_client_conn = ${clients}
query_wait_timeout = 0
server_idle_timeout = 0
server_login_retry = 1
log_connections = 0
log_disconnections = 0
`;
}

/** In [databases] a quote within quotes is written twice. */
function quoted(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

function add(one: number, other: number): number {
  return one + other;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
