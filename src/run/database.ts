/** The database that a run works in: a fresh clone, an empty one, or the user's own as it is. */
import type { Address } from "../server/address.ts";
import {
  cloneFixture,
  createEmptyDatabase,
  dropDatabase,
  runDatabaseName,
  setDefaults,
} from "../server/databases.ts";
import { bundledFixture, type Fixture, notesOnFixture } from "../server/fixture/fixture.ts";
import { ensureFixture } from "../server/fixture/fixture-database.ts";
import type { RunRequest } from "./request.ts";

export interface RunDatabase {
  readonly address: Address;
  /** Null for a database that is not ours to drop. */
  readonly drop: (() => Promise<void>) | null;
}

type DatabaseRequest = Pick<RunRequest, "plan" | "system" | "server" | "interrupted" | "listener">;

/** Rejects with a ServerError, or with the reason of an interruption. */
export async function prepareDatabase(request: DatabaseRequest): Promise<RunDatabase> {
  const { plan, system, listener } = request;
  const admin = request.server.address;
  if (plan.existing) return { address: admin, drop: null };
  const name = runDatabaseName();
  if (system === null || plan.variant === null || plan.fixture === null) {
    listener.phase("creating an empty database");
    await createEmptyDatabase(admin, name);
  } else {
    listener.phase(`preparing the data of ${system.name}`);
    const made = bundledFixture(system, plan.variant, plan.fixture);
    const fixture = { ...made, files: plan.fixtureFiles, payloads: plan.payloads };
    for (const note of notesOnFixture(fixture)) listener.note(note);
    const template = await loaded(request, fixture);
    listener.phase("cloning it for this run");
    for (const note of await cloneFixture(admin, template, name)) listener.note(note);
    await setDefaults(admin, name, fixture.variant.settings);
  }
  return { address: admin.withDatabase(name), drop: () => dropDatabase(admin, name) };
}

async function loaded(
  { server, interrupted, listener }: DatabaseRequest,
  fixture: Fixture,
): Promise<string> {
  try {
    return await ensureFixture(server.address, fixture, (what, done, total) => {
      // A large fixture loads for minutes; what is half loaded is dropped.
      interrupted.throwIfAborted();
      listener.progress(what, done, total);
    });
  } catch (error) {
    interrupted.throwIfAborted();
    throw error;
  }
}
