/**
 * Fixtures as template databases: loaded once, cloned for every run. A fixture gets its name only
 * when it is complete, in the transaction that closes it to connections, so a name that is there
 * can be trusted whatever interrupted the loading before.
 */
import { createHash } from "node:crypto";
import pg from "pg";
import type { Address } from "./address.ts";
import { Connection, ServerError } from "./connection.ts";
import {
  type DatabaseMark,
  type FixtureContent,
  markedDatabases,
  markingSql,
  markOf,
} from "./database-mark.ts";
import {
  createDatabase,
  dropMarked,
  pristineTemplate,
  privateName,
  whenUnused,
} from "./databases.ts";
import {
  type Fill,
  type Fixture,
  loadFixtureBy,
  type Progress,
  scriptsOf,
  sentRows,
} from "./fixture.ts";

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
  return loadedFixture(admin, fixture, { progress, fill: sentRows });
}

export interface Loading {
  readonly progress: Progress;
  /** Wherever the rows come from, it is the same fixture. */
  readonly fill: Fill;
}

/** As ensureFixture, with the rows from wherever they come. */
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
    await dropInterrupted(connection, content.name);
    await load(admin, connection, { fixture, content, loading });
  });
  return content.name;
}

/**
 * `loadgen_<system>_<variant>_<hash>`, at most 63 bytes. The hash covers all that the content
 * depends on, and the maintenance database that it belongs to (see database-mark.ts).
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
  const dependsOn = [dataVersion, admin.database, system, variant, sorted, scripts, columns];
  const hash = createHash("sha256").update(JSON.stringify(dependsOn)).digest("hex");
  const suffix = `_${hash.slice(0, hashLength)}`;
  const words = `loadgen_${system}_${variant}`.replace(/\W/g, "_").toLowerCase();
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

/** Under the fixture's lock nobody is loading it, so what was to become it is left over. */
async function dropInterrupted(connection: Connection, fixtureName: string): Promise<void> {
  for (const { name, mark } of await markedDatabases(connection)) {
    if (mark?.kind === "loading" && mark.content.name === fixtureName) {
      await dropMarked(connection, name);
    }
  }
}

async function load(
  admin: Address,
  connection: Connection,
  work: {
    readonly fixture: Fixture;
    readonly content: FixtureContent;
    readonly loading: Loading;
  },
): Promise<void> {
  const name = privateName("loading");
  const mark: DatabaseMark = { kind: "loading", home: admin.database, content: work.content };
  await createDatabase(connection, name, { template: pristineTemplate, mark });
  try {
    await Connection.use(admin.withDatabase(name), applicationName, (loader) =>
      loadFixtureBy(loader, work.fixture, work.loading),
    );
    await whenUnused(() => complete(connection, name, { ...mark, kind: "fixture" }));
  } catch (error) {
    // The first cause counts. What this leaves behind, the next attempt drops.
    await dropMarked(connection, name).catch(() => undefined);
    throw error;
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
