/** The database that a run works in: a fresh clone, an empty one, or the user's own as it is. */
import type { Plan } from "../core/plan.ts";
import type { System } from "../core/system.ts";
import type { Address } from "../server/address.ts";
import {
  cloneFixture,
  createEmptyDatabase,
  dropDatabase,
  runDatabaseName,
} from "../server/databases.ts";
import { bundledFixture } from "../server/fixture.ts";
import { ensureFixture } from "../server/fixture-database.ts";
import type { RunListener } from "./listener.ts";

export interface RunDatabase {
  readonly address: Address;
  /** Null for a database that is not ours to drop. */
  readonly drop: (() => Promise<void>) | null;
}

export async function prepareDatabase(
  plan: Plan,
  system: System | null,
  admin: Address,
  listener: RunListener,
): Promise<RunDatabase> {
  if (plan.existing) return { address: admin, drop: null };
  const name = runDatabaseName();
  if (system === null || plan.variant === null || plan.fixture === null) {
    listener.phase("creating an empty database");
    await createEmptyDatabase(admin, name);
  } else {
    listener.phase(`preparing the data of ${system.name} (${describe(plan)})`);
    const fixture = bundledFixture(system, plan.variant, plan.fixture);
    const template = await ensureFixture(admin, fixture, (what, done, total) =>
      listener.progress(what, done, total),
    );
    listener.phase("cloning it for this run");
    for (const note of await cloneFixture(admin, template, name)) listener.note(note);
  }
  return { address: admin.withDatabase(name), drop: () => dropDatabase(admin, name) };
}

function describe(plan: Plan): string {
  const sizes = Object.entries(plan.fixture ?? {}).map(([key, value]) => `${key} ${value}`);
  return [`variant ${plan.variant ?? ""}`, ...sizes].join(", ");
}
