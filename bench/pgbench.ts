/**
 * pgbench, as the measure of what a client must cost: it is written in C, knows nothing of what it
 * sends, and keeps no histogram. Its processor time is what the shell's `time` says of it.
 */
import { constants } from "node:fs";
import { access, readdir } from "node:fs/promises";
import { delimiter, join } from "node:path";
import type { Address } from "../src/server/address.ts";
import type { Bench } from "./bench.ts";
import { type Call, type Ended, runChild } from "./child.ts";
import { pgbenchPassword, pgbenchUser } from "./server.ts";

export interface Pgbench {
  readonly path: string;
  /** As it says itself, such as `pgbench (PostgreSQL) 18.4`. */
  readonly version: string;
}

/** What there is to do where there is none. */
export const howToInstall =
  "there is no pgbench in PATH nor below /usr/lib/postgresql: on Debian and Ubuntu install the " +
  "package postgresql-contrib (apt-get install postgresql-contrib), elsewhere PostgreSQL itself";

const debianFolder = "/usr/lib/postgresql";

/**
 * The newest of Debian's packages, else the first in PATH; null if there is none. In this order, for
 * what Debian has in PATH is a script that looks for the program, and its time would be measured.
 */
export async function findPgbench(stop: AbortSignal): Promise<Pgbench | null> {
  // Debian keeps a folder for each major version; without any there is nothing to list.
  const versions = await readdir(debianFolder).catch(() => []);
  for (const path of possiblePaths(versions, process.env.PATH ?? "")) {
    if (!(await isExecutable(path))) continue;
    const { code, stdout } = await runChild({ program: path, words: ["--version"], env: {}, stop });
    if (code === 0) return { path, version: stdout.trim() };
  }
  return null;
}

/** Where to look for it, in order. */
export function possiblePaths(debianVersions: readonly string[], path: string): readonly string[] {
  const newestFirst = [...debianVersions].sort((one, other) => Number(other) - Number(one));
  return [
    ...newestFirst.map((version) => join(debianFolder, version, "bin")),
    ...path.split(delimiter).filter((folder) => folder !== ""),
  ].map((folder) => join(folder, "pgbench"));
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

export interface PgbenchLoad {
  readonly scriptPath: string;
  readonly sessions: number;
  /** First values of the script's variables. */
  readonly variables: Readonly<Record<string, number>>;
  readonly seed: number;
  /** For so long, or so many transactions a session. */
  readonly length: { readonly seconds: number } | { readonly transactions: number };
}

export type BenchWithPgbench = Bench & { readonly pgbench: Pgbench };

export interface PgbenchRun {
  readonly transactions: number;
  /** Connecting left out. */
  readonly perSecond: number;
  /** User and system time of the whole process. */
  readonly cpuUs: number;
}

/** Throws if pgbench reports an error, since it then has done something else than it was to do. */
export async function runPgbench(
  { pgbench, server, stop }: BenchWithPgbench,
  database: Address,
  { length, ...load }: PgbenchLoad,
): Promise<PgbenchRun> {
  const words = [
    ...["--protocol", "prepared", "--no-vacuum", "--jobs", "1"],
    ...["--client", String(load.sessions), "--random-seed", String(load.seed)],
    ...("seconds" in length
      ? ["--time", String(length.seconds)]
      : ["--transactions", String(length.transactions)]),
    ...Object.entries(load.variables).flatMap(([name, value]) => ["--define", `${name}=${value}`]),
    ...["--file", load.scriptPath],
    ...["--host", "127.0.0.1", "--port", String(server.port), "--username", pgbenchUser],
    database.database,
  ];
  const ended = await runChild({ ...timed(pgbench.path, words), stop });
  const reported = parseReport(ended.stdout);
  const cpuUs = parseTimes(ended.stderr);
  if (ended.code !== 0 || reported === null || cpuUs === null) throw failed(words, ended);
  return { ...reported, cpuUs };
}

/** What loadgen sets for its sessions: limits cost the server a timer a statement. */
const sessionSettings =
  "-c default_transaction_isolation=read\\ committed -c statement_timeout=60s -c lock_timeout=10s";

/** bash, for its `time` is a keyword, with a format of ours and to the millisecond. */
function timed(program: string, words: readonly string[]): Omit<Call, "stop"> {
  return {
    program: "bash",
    words: ["-c", 'time "$@"', "bash", program, ...words],
    env: {
      PGPASSWORD: pgbenchPassword,
      PGSSLMODE: "disable",
      PGGSSENCMODE: "disable",
      PGOPTIONS: sessionSettings,
      TIMEFORMAT: "cpu %3U %3S",
      // Numbers with a point.
      LC_ALL: "C",
    },
  };
}

function failed(words: readonly string[], { code, stdout, stderr }: Ended): Error {
  return new Error(`pgbench ${words.join(" ")}\nended with ${code}:\n${stdout}\n${stderr}`);
}

/** Transactions and their rate in what pgbench prints at its end; null if they are not there. */
export function parseReport(stdout: string): Pick<PgbenchRun, "transactions" | "perSecond"> | null {
  const transactions = /^number of transactions actually processed: (\d+)/m.exec(stdout)?.[1];
  const perSecond = /^tps = ([\d.]+) \(without initial connection time\)/m.exec(stdout)?.[1];
  if (transactions === undefined || perSecond === undefined) return null;
  return { transactions: Number(transactions), perSecond: Number(perSecond) };
}

/** Microseconds of user and system time in the last line that bash writes; null if there is none. */
export function parseTimes(stderr: string): number | null {
  const found = /(?:^|\n)cpu (\d+\.\d{3}) (\d+\.\d{3})\n$/.exec(stderr);
  return found === null ? null : Math.round((Number(found[1]) + Number(found[2])) * 1e6);
}
