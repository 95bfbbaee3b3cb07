/**
 * Fixtures as template databases: loaded once, cloned for every run. A fixture gets its name only
 * when it is complete, in the transaction that closes it to connections, so a name that is there
 * can be trusted whatever interrupted the loading before.
 */
import { createHash } from "node:crypto";
import pg from "pg";
import type { Address } from "./address.ts";
import { Connection, ServerError } from "./connection.ts";
import { type DatabaseMark, type FixtureContent, markingSql, markOf } from "./database-mark.ts";
import {
  createDatabase,
  dropMarked,
  pristineTemplate,
  privateName,
  whenUnused,
} from "./databases.ts";
import { sentRows, transactionRows } from "./copy-rows.ts";
import { fileRows } from "./file-rows.ts";
import { type Fixture, loadFixtureFrom, type Progress, scriptsOf } from "./fixture.ts";
import { endSessions, left, takeLeftover } from "./half-loaded.ts";
import { isComplete } from "./load-journal.ts";
import type { RowSource } from "./row-source.ts";

/**
 * Returns the name of the template database of a fixture, and loads it first if there is none.
 * What an interrupted loading left behind is dropped; who finds the same fixture being loaded waits
 * for it. Needs CREATEDB; throws ServerError.
 */
export async function ensureFixture(
  admin: Address,
  fixture: Fixture,
  progress: Progress,
): Promise<string> {
  const never = new AbortController().signal;
  const note = () => undefined;
  return loadedFixture(admin, fixture, {
    source: fixture.files === null ? sentRows(transactionRows) : fileRows,
    ...{ progress, note },
    signal: never,
    resumes: null,
  });
}

export interface Loading {
  /** Where the rows come from. */
  readonly source: RowSource;
  readonly progress: Progress;
  /** Of what was left half loaded. */
  readonly note: (text: string) => void;
  /** Ends the loading, whatever the server is at. */
  readonly signal: AbortSignal;
  /**
   * Whether it goes on with what an interrupted loading of the same content left, and does not drop
   * that. Either way it leaves what can be resumed; null: it neither takes nor leaves anything.
   */
  readonly resumes: boolean | null;
}

/** As above. Rejects with the signal's reason if that ended it. */
export async function loadedFixture(
  admin: Address,
  fixture: Fixture,
  loading: Loading,
): Promise<string> {
  const content = await contentOf(admin, fixture);
  await Connection.use(admin, applicationName, async (connection) => {
    await lockFixture(connection, content.name);
    const mark = await markOf(connection, content.name);
    if (mark?.kind === "fixture") return;
    if (mark !== undefined) {
      throw new ServerError(
        `the database ${content.name} is in the way of a fixture, but is none: drop or rename it`,
        "",
      );
    }
    const half = await takeLeftover(admin, connection, { name: content.name, ...loading });
    await load(admin, connection, { fixture, content, loading, half });
  });
  return content.name;
}

/**
 * `loadgen_<system>_<hash>`, at most 63 bytes. The hash covers all that the content depends on, and
 * the maintenance database that it belongs to (see database-mark.ts). Variants with the same content
 * have one fixture: that of the one that came first, as its mark says.
 */
export async function fixtureName(admin: Address, fixture: Fixture): Promise<string> {
  return (await contentOf(admin, fixture)).name;
}

const applicationName = "loadgen/fixture";

/** Raise it whenever a system's rows change for the same parameters: fixtures are then loaded anew. */
const dataVersion = 1;

/** First key of the advisory locks on fixtures: "fixt" in ASCII. The second is the name's hash. */
const fixtureLockClass = 0x66697874;

const nameBytesMax = 63;
const hashLength = 12;

async function contentOf(admin: Address, fixture: Fixture): Promise<FixtureContent> {
  const system = fixture.system.name;
  const { parameters } = fixture;
  const { name: variant, columns } = fixture.variant;
  const sorted = Object.entries(parameters).sort(([one], [other]) => (one < other ? -1 : 1));
  const scripts = await scriptsOf(fixture);
  const { length: beforeData } = fixture.variant.beforeData;
  const tables = Object.entries(columns).sort(([one], [other]) => (one < other ? -1 : 1));
  const files = fixture.files === null ? [] : [fixture.files.sha256];
  const made = [dataVersion, admin.database, system, sorted, beforeData, scripts, tables];
  const dependsOn = [...made, ...files];
  const hash = createHash("sha256").update(JSON.stringify(dependsOn)).digest("hex");
  const suffix = `_${hash.slice(0, hashLength)}`;
  const words = `loadgen_${system}`.replace(/\W/g, "_").toLowerCase();
  const name = words.slice(0, nameBytesMax - suffix.length) + suffix;
  return { name, system, variant, parameters: { ...parameters } };
}

/** Held until the connection closes, so it cannot outlive this process. */
async function lockFixture(connection: Connection, name: string): Promise<void> {
  // Loading may take minutes: a role's own limits would end the wait for it, or the lock during it.
  await connection.script(
    "set statement_timeout = 0; set lock_timeout = 0; set idle_session_timeout = 0;",
  );
  await connection.query("select pg_advisory_lock($1, hashtext($2))", [fixtureLockClass, name]);
}

async function load(
  admin: Address,
  connection: Connection,
  work: {
    readonly fixture: Fixture;
    readonly content: FixtureContent;
    readonly loading: Loading;
    /** Null: from the beginning. */
    readonly half: string | null;
  },
): Promise<void> {
  const { loading, content } = work;
  const name = work.half ?? privateName("loading");
  const mark: DatabaseMark = { kind: "loading", home: admin.database, content };
  if (work.half === null) {
    await createDatabase(connection, name, { template: pristineTemplate, mark });
  }
  try {
    await fill(admin, name, work);
    await whenUnused(() => complete(connection, name, { ...mark, kind: "fixture" }));
  } catch (error) {
    // The first cause counts. What this leaves behind, the next attempt drops or takes up.
    if (loading.resumes === null) await dropMarked(connection, name).catch(() => undefined);
    else
      loading.note(
        await left(admin, name).catch(() => "what was loaded is left: --resume goes on"),
      );
    loading.signal.throwIfAborted();
    throw error;
  }
}

async function fill(
  admin: Address,
  name: string,
  { fixture, loading }: { readonly fixture: Fixture; readonly loading: Loading },
): Promise<void> {
  const { signal } = loading;
  signal.throwIfAborted();
  // A statement may take minutes; its end is waited for below. If this fails, its end is all there is.
  const end = () => void endSessions(admin, name).catch(() => undefined);
  signal.addEventListener("abort", end, { once: true });
  try {
    await Connection.use(admin.withDatabase(name), applicationName, async (loader) => {
      if (await isComplete(loader)) return;
      await loadFixtureFrom(loading.source, loader, { fixture, ...loading });
    });
  } finally {
    signal.removeEventListener("abort", end);
  }
}

/** Without connections it stays as it is, and is always free to be copied; owners may still copy it. */
async function complete(
  connection: Connection,
  loadingName: string,
  mark: Extract<DatabaseMark, { kind: "fixture" }>,
): Promise<void> {
  const name = pg.escapeIdentifier(mark.content.name);
  // One string is one transaction.
  await connection.script(`
    alter database ${pg.escapeIdentifier(loadingName)} rename to ${name};
    alter database ${name} allow_connections false;
    ${markingSql(mark.content.name, mark)};
  `);
}
