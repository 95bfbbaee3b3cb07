/** `loadgen fixtures verify`: whether a loaded database has the rows that the generator says. */
import type { ExitCode } from "../../core/verdict.ts";
import type { Address } from "../../server/address.ts";
import { listLoadgenDatabases } from "../../server/database-mark.ts";
import { cloneFixture, dropDatabase, runDatabaseName } from "../../server/databases.ts";
import type { Fixture } from "../../server/fixture/fixture.ts";
import type { Progress } from "../../server/fixture/load-fixture.ts";
import { fixtureName } from "../../server/fixture/fixture-database.ts";
import {
  type TableVerdict,
  verdictOn,
  verifyFixture,
} from "../../server/fixture/fixture-verify.ts";
import { type Given, loadedFixtures, requestedFixture } from "../fixture-request.ts";
import { contentText, problemsWithLoaded } from "../loaded-as.ts";
import { hasColours, printingListener } from "../listeners.ts";
import { failOn } from "../problems.ts";
import { namedAddress, target } from "../target.ts";
import { verifyText } from "../verify-text.ts";
import { withRunLock } from "../with-run-lock.ts";

/** Without --database it is the template's content, of which a copy is compared and dropped. */
export async function fixturesVerify(given: Given): Promise<ExitCode> {
  const fixture = await requestedFixture(given);
  const server = await target(namedAddress(given.url as string | undefined));
  // Standard output is the result's alone.
  const listener = printingListener(process.stderr, false);
  const progress: Progress = (what, done, total) => listener.progress(what, done, total);
  const { database, work } = await subject(server.address, fixture, given.database);
  const tables = await withRunLock(server, () => work(progress));
  const verdict = verdictOn(tables);
  const { system, variant, parameters } = fixture;
  const content = { system: system.name, variant: variant.name, parameters };
  const result = { schema: "loadgen.verify/1", verdict, database, ...content, tables };
  const text =
    given.json === true
      ? JSON.stringify(result, null, 2)
      : verifyText(tables, { verdict, database, colours: hasColours(process.stdout) });
  process.stdout.write(`${text}\n`);
  return verdict.exitCode;
}

interface Subject {
  readonly database: string;
  readonly work: (progress: Progress) => Promise<readonly TableVerdict[]>;
}

async function subject(admin: Address, fixture: Fixture, named: unknown): Promise<Subject> {
  const databases = await listLoadgenDatabases(admin);
  if (typeof named === "string") {
    failOn(problemsWithLoaded(databases, named, fixture));
    const work = (progress: Progress) =>
      verifyFixture(admin.withDatabase(named), fixture, progress);
    return { database: named, work };
  }
  const template = await fixtureName(admin, fixture);
  const isLoaded = databases.some(
    ({ name, mark }) => name === template && mark?.kind === "fixture",
  );
  failOn(isLoaded ? [] : [notLoaded(fixture), ...loadedFixtures(databases)]);
  return {
    database: template,
    work: (progress) => verifyCopy(admin, { template, fixture }, progress),
  };
}

function notLoaded({ system, variant, parameters }: Fixture): string {
  const content = { system: system.name, variant: variant.name, parameters };
  return `no fixture of ${contentText(content)} is loaded; loaded are:`;
}

/** Nobody can connect to a template, which is what keeps it as it is. */
async function verifyCopy(
  admin: Address,
  { template, fixture }: { readonly template: string; readonly fixture: Fixture },
  progress: Progress,
): Promise<readonly TableVerdict[]> {
  const copy = runDatabaseName();
  progress("copying the fixture", 0, 1);
  try {
    await cloneFixture(admin, template, copy);
    const tables = await verifyFixture(admin.withDatabase(copy), fixture, progress);
    await dropDatabase(admin, copy);
    return tables;
  } catch (error) {
    // The first cause counts; what is left behind, `db reset` drops.
    await dropDatabase(admin, copy).catch(() => undefined);
    throw error;
  }
}
