/** The built command line, run as its users run it: a process of its own, with a home of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Address } from "../../src/server/address.ts";
import { Connection } from "../../src/server/connection.ts";
import { startEmbedded } from "../../src/server/embedded.ts";
import { tinyFixture } from "./tiny-fixture.ts";
import { removeHome, temporaryHome } from "./home.ts";
import { preparedHome, until } from "./postgres.ts";
import { copyPrepared, type PreparedHomes } from "./prepared-home.ts";
import { type RunJson, runSchema } from "./run-schema.ts";

const root = join(import.meta.dirname, "..", "..");

export { tinyFixture } from "./tiny-fixture.ts";

/** The same in few files, for tests of many runs: each of them copies it. */
export const fewPartitions = [...tinyFixture, "--partitions", "2"] as const;

export interface Ended {
  /** Null if it was killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface EndedRun extends Ended {
  /** Its folder, which may not exist. */
  readonly folder: string;
}

/** A command under way. */
export interface Started {
  readonly ended: Promise<Ended>;
  /** Resolves once this was printed, on stdout or stderr; fails if the command ends without. */
  printed(text: string): Promise<void>;
  /** So far, on stdout and stderr. */
  output(): string;
  signal(name: NodeJS.Signals): void;
  readonly pid: number;
}

export class Loadgen {
  readonly home: string;
  /** Where commands are run. */
  readonly folder: string;
  readonly #children = new Set<ChildProcess>();
  #runs = 0;

  private constructor(home: string, folder: string) {
    this.home = home;
    this.folder = folder;
  }

  /** With a server in its home, which does not wait for the disk. */
  static async prepared(what: keyof PreparedHomes = "withFixture"): Promise<Loadgen> {
    const loadgen = await Loadgen.fresh();
    await copyPrepared(preparedHome(what), loadgen.home);
    return loadgen;
  }

  /** With nothing in its home: its first command makes a server, as users have it. */
  static async fresh(): Promise<Loadgen> {
    const home = await temporaryHome();
    const folder = `${home}-work`;
    await mkdir(folder);
    return new Loadgen(home, folder);
  }

  start(words: readonly string[], env: Readonly<Record<string, string>> = {}): Started {
    const child = spawn(process.execPath, [join(root, "dist", "loadgen.js"), ...words], {
      cwd: this.folder,
      env: { ...environmentWithoutPostgres(), LOADGEN_HOME: this.home, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#children.add(child);
    const output = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8").on("data", (text: string) => (output[name] += text));
    }
    let isOver = false;
    const ended = new Promise<Ended>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => {
        isOver = true;
        this.#children.delete(child);
        resolve({ code, ...output });
      });
    });
    const all = () => output.stdout + output.stderr;
    return {
      ended,
      async printed(text) {
        await until(() => all().includes(text) || isOver, `"${text}" is printed`);
        if (!all().includes(text)) throw new Error(`ended without "${text}":\n${all()}`);
      },
      output: all,
      signal: (name) => child.kill(name),
      pid: child.pid ?? 0,
    };
  }

  /** Any command, to its end. */
  async command(...words: readonly string[]): Promise<Ended> {
    return this.start(words).ended;
  }

  /** `loadgen run …` into a folder of its own, to its end. */
  async run(...words: readonly string[]): Promise<EndedRun> {
    const { started, folder } = this.startRun(words);
    return { ...(await started.ended), folder };
  }

  startRun(words: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const folder = join(this.folder, `run-${this.#runs++}`);
    return { folder, started: this.start(["run", ...words, "--out", folder], env) };
  }

  /** The embedded server's database `postgres`, as superuser. */
  async server(): Promise<Address> {
    return (await startEmbedded(this.home)).address;
  }

  /** The names of all databases that begin so. */
  async databases(prefix: string): Promise<readonly string[]> {
    const rows = await Connection.use(await this.server(), "loadgen/test", (connection) =>
      connection.query(
        "select datname::text as name from pg_database where starts_with(datname, $1) order by 1",
        [prefix],
      ),
    );
    return rows.map((row) => String(row.name));
  }

  /** After a test that failed half-way: ends what still runs, so that the next one is not waiting for it. */
  killAll(): void {
    for (const child of this.#children) child.kill("SIGKILL");
  }

  async remove(): Promise<void> {
    this.killAll();
    await removeHome(this.home);
    await rm(this.folder, { recursive: true });
  }
}

/** What a run stored, checked against the schema of its contract. */
export async function runJsonIn(folder: string): Promise<RunJson> {
  return runSchema.parse(JSON.parse(await readFile(join(folder, "run.json"), "utf8")));
}

/** Fails with what was printed, which says more than a wrong number. */
export function expectCode(ended: Ended, code: number | null): void {
  if (ended.code === code) return;
  throw new Error(
    `exit code ${ended.code} instead of ${code}:\n${ended.stdout}\n--- stderr\n${ended.stderr}`,
  );
}

/** How to log in, for a command line that is told by the libpq variables. */
export function environmentOf(address: Address): Readonly<Record<string, string>> {
  const { user, password, host, port, database } = address.clientConfig("test");
  if (typeof password !== "string") throw new Error("tests' servers have passwords");
  return {
    PGHOST: String(host),
    PGPORT: String(port),
    PGUSER: String(user),
    PGPASSWORD: password,
    PGDATABASE: String(database),
  };
}

function environmentWithoutPostgres(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("PG")));
}
