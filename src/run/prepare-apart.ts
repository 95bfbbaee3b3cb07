/**
 * A run that other machines drive: what has to be there before they begin, made once, beside them.
 * What it leaves in the folder is what they are told, and what `gather` holds their lines against.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { K6SettingOptions } from "../engine/k6/folder.ts";
import { writeSetting } from "../engine/k6/folder.ts";
import { prepareWorld } from "../engine/pg/preparation.ts";
import { type Snapshot, snapshotBefore } from "../observe/snapshots/snapshot.ts";
import type { Address } from "../server/address.ts";
import { Connection } from "../server/connection.ts";
import { serverFingerprint, type ServerFingerprint } from "../server/fingerprint.ts";
import { checkServer } from "./checks.ts";
import { contextOf } from "./context.ts";
import { prepareDatabase } from "./database.ts";
import { makeLedger } from "./ledger.ts";
import type { RunRequest } from "./request.ts";

/** prepared.json: what is known once the database is there. Without any secret. */
export interface Prepared {
  readonly schema: "loadgen.k6.prepared/1";
  /** In every line of this run. */
  readonly run: string;
  readonly database: string;
  /** ISO 8601. */
  readonly preparedAt: string;
  /** How many connections a pooler has for all sessions; null: each has one of its own. */
  readonly pooled: number | null;
  readonly server: ServerFingerprint;
}

export const preparedFile = "prepared.json";
export const beforeFile = "before.json";

export interface ApartRequest extends Pick<
  RunRequest,
  "plan" | "scenario" | "system" | "server" | "interrupted" | "listener"
> {
  readonly run: string;
  /** What was exported. */
  readonly folder: string;
  readonly pooled: number | null;
}

/** Seconds are all that is told of a run without faults. */
const slotMs = 1000;

export interface PreparedDatabase {
  readonly prepared: Prepared;
  readonly address: Address;
}

/** Rejects as a run does before it measures; no database is left behind then. */
export async function prepareApart(request: ApartRequest): Promise<PreparedDatabase> {
  const { plan, pooled, server, listener } = request;
  // The poolers are none of this machine's.
  const connections = pooled ?? plan.sessions;
  await checkServer({ plan, armed: [], server, pgbouncer: null, connections });
  const database = await prepareDatabase(request);
  try {
    request.interrupted.throwIfAborted();
    return { prepared: await told(request, database.address), address: database.address };
  } catch (error) {
    // The first failure is the one to tell; a database that is left over goes with `loadgen db reset`.
    await database.drop?.().catch((problem: unknown) => listener.note(String(problem)));
    throw error;
  }
}

async function told(
  { plan, scenario, folder, run, pooled, listener }: ApartRequest,
  address: Address,
): Promise<Prepared> {
  if (plan.ledger) await makeLedger(address);
  listener.phase("reading what the scenario draws from");
  const context = contextOf(plan);
  const setting: K6SettingOptions = {
    run,
    plan,
    scenario,
    context,
    world: await prepareWorld(scenario, context, address),
    // Only a pooler's connections come with their settings.
    settingsAtStart: pooled === null,
    slotMs,
  };
  await writeSetting(folder, setting);
  const server = await Connection.use(address, "loadgen/fingerprint", serverFingerprint);
  const before = await snapshotBefore(address, !plan.existing);
  const prepared: Prepared = {
    schema: "loadgen.k6.prepared/1",
    run,
    database: address.database,
    preparedAt: new Date().toISOString(),
    pooled,
    server,
  };
  await writeJson(join(folder, beforeFile), before);
  // Last: with it the folder is whole.
  await writeJson(join(folder, preparedFile), prepared);
  return prepared;
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFile(path, `${JSON.stringify(value, null, 2)}\n`);
}

/** What `prepareApart` left; null: the folder was not prepared. */
export async function readPrepared(
  folder: string,
): Promise<{ readonly prepared: Prepared; readonly before: Snapshot } | null> {
  const read = async (name: string) =>
    JSON.parse(await readFile(join(folder, name), "utf8")) as unknown;
  try {
    const prepared = (await read(preparedFile)) as Prepared;
    return { prepared, before: (await read(beforeFile)) as Snapshot };
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return null;
    throw error;
  }
}
