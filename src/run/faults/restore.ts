/** Undoes what an interrupted run left behind, from the journals on disk and in the databases. */
import { faultNamed, faults } from "../../faults/index.ts";
import { withFaultConnection } from "./fault-connection.ts";
import {
  type JournalEntry,
  localEntries,
  removeEntry,
  removeLocalEntry,
  targetEntries,
} from "../../faults/journal.ts";
import type { HostControl } from "../../faults/host.ts";
import { isLivingOther } from "../../faults/owner.ts";
import { undoPatiently } from "../../faults/patience.ts";
import { sideTask } from "../../faults/while.ts";
import type { Address } from "../../server/address.ts";
import { type Connection, ServerError } from "../../server/connection.ts";

export interface Restored {
  readonly entry: JournalEntry;
  /** Null: undone. Else what is left, and why. */
  readonly problem: string | null;
  readonly note: string;
}

export interface RestoreScope {
  readonly journalFolder: string;
  /** The server that is meant: entries of other servers are left for when those are named. */
  readonly server: string | null;
  /** Any database of that server. */
  readonly address: Address;
  /** Null: the server's processes are not ours to stop. */
  readonly host: HostControl | null;
}

/** Every entry of this server, oldest first. The caller holds the run lock. */
export async function restoreAll(scope: RestoreScope): Promise<readonly Restored[]> {
  const restored: Restored[] = [];
  for (const entry of await pendingEntries(scope)) restored.push(await restoreOne(scope, entry));
  return restored;
}

/** What is still to be undone on this server, by either journal; what a living run has in force is its own. */
export async function pendingEntries(
  scope: Omit<RestoreScope, "host">,
): Promise<readonly JournalEntry[]> {
  const local = await localEntries(scope.journalFolder);
  const localById = new Map(local.map((entry) => [entry.id, entry]));
  const entries = new Map(
    local.filter((entry) => isOn(scope.server, entry)).map((entry) => [entry.id, entry]),
  );
  for (const database of await databasesToAsk(scope)) {
    const found = await withFaultConnection(
      scope.address.withDatabase(database),
      applicationName,
      targetEntries,
    );
    // What a database says about itself holds, whatever it was called when it was written down. How
    // to undo it the disk knows better: others may write to a database, and to make it an undo of
    // nothing would strike out the real one.
    for (const entry of found) {
      entries.set(entry.id, { ...(localById.get(entry.id) ?? entry), database });
    }
  }
  const all = [...entries.values()];
  const alive = await Promise.all(all.map(({ owner }) => isLivingOther(owner)));
  return all
    .filter((_, index) => alive[index] !== true)
    .sort((one, other) => (one.injectedAt < other.injectedAt ? -1 : 1));
}

/** What the disk knows of other servers. `here`: what was found on this one, under whatever name. */
export async function entriesElsewhere(
  { journalFolder, server }: Pick<RestoreScope, "journalFolder" | "server">,
  here: readonly JournalEntry[],
): Promise<readonly JournalEntry[]> {
  const ids = new Set(here.map(({ id }) => id));
  const local = await localEntries(journalFolder);
  return local.filter((entry) => !isOn(server, entry) && !ids.has(entry.id));
}

/** Where the embedded server's data are gone: there is nothing left that could be undone. */
export async function strikeOutEmbedded(journalFolder: string): Promise<readonly Restored[]> {
  const entries = (await localEntries(journalFolder)).filter((entry) => isOn(null, entry));
  for (const { id } of entries) await removeLocalEntry(journalFolder, id);
  const note = "the embedded server's data are gone, and the fault with them";
  return entries.map((entry) => ({ entry, problem: null, note }));
}

function isOn(server: string | null, entry: JournalEntry): boolean {
  return placeOf(entry.server) === placeOf(server);
}

/** Host, port and database: who logs in, and how well protected, makes no other server of it. */
function placeOf(server: string | null): string | null {
  return server?.replace(/(?<=:\/\/)[^@/]*@/, "").replace(/\?.*$/, "") ?? null;
}

const applicationName = "loadgen/restore";

/** On the embedded server all that accept connections; on another one only the one that is named. */
async function databasesToAsk({
  server,
  address,
}: Omit<RestoreScope, "host">): Promise<readonly string[]> {
  if (server !== null) return [address.database];
  const rows = await withFaultConnection(address, applicationName, (connection) =>
    connection.query(
      "select datname::text as name from pg_catalog.pg_database where datallowconn and not datistemplate",
    ),
  );
  return rows.map((row) => String(row.name));
}

const noSuchDatabase = "3D000";

async function restoreOne(scope: RestoreScope, entry: JournalEntry): Promise<Restored> {
  try {
    const note = await withFaultConnection(
      scope.address.withDatabase(entry.database),
      applicationName,
      (connection) => undo(scope, connection, entry),
    );
    return { entry, problem: null, note };
  } catch (error) {
    if (error instanceof ServerError && error.code === noSuchDatabase) {
      const elsewhere = { ...entry, database: scope.address.database };
      // A slot, say, outlives the database that it was made from.
      if (outlivesDatabase(entry) && elsewhere.database !== entry.database) {
        return { ...(await restoreOne(scope, elsewhere)), entry };
      }
      await removeLocalEntry(scope.journalFolder, entry.id);
      return { entry, problem: null, note: "its database is gone, and the fault with it" };
    }
    return { entry, problem: error instanceof Error ? error.message : String(error), note: "" };
  }
}

function outlivesDatabase(entry: JournalEntry): boolean {
  const radius = faults.find(({ name }) => name === entry.fault)?.radius;
  return radius === "cluster" || radius === "host";
}

async function undo(
  { journalFolder, host }: RestoreScope,
  connection: Connection,
  entry: JournalEntry,
): Promise<string> {
  const fault = faultNamed(entry.fault);
  if (fault === null) {
    throw new Error(`this loadgen knows no fault ${entry.fault}: use the version that injected it`);
  }
  let left = "";
  await undoPatiently(connection, async (target) => {
    await fault.undo?.perform({ target, host }, entry.undo);
    left = (await fault.undo?.left?.({ target, host }, entry.undo)) ?? "";
    await removeEntry(journalFolder, target, entry.id);
  });
  const what = fault === sideTask ? "over" : "undone";
  return `${what} in the database ${entry.database}${left === "" ? "" : `; it ${left}`}`;
}
