/**
 * Faults in a real run, on servers that the tests may break: sessions append to a table, the fault
 * comes and goes, and what was seen of it proves it, or not.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import type { FaultEvidence } from "../../src/core/evidence.ts";
import { checkParameters, parseFaultText } from "../../src/core/fault-text.ts";
import type { Plan } from "../../src/core/plan.ts";
import type { Scenario } from "../../src/core/scenario.ts";
import type { Fault, Proof } from "../../src/faults/fault.ts";
import type { HostControl } from "../../src/faults/host.ts";
import type { ArmedFault, FaultCourse } from "../../src/run/faults/fault-course.ts";
import type { RunSample } from "../../src/run/listener.ts";
import { type Measured, measure } from "../../src/run/measure.ts";
import { evidenceAround } from "../../src/run/windows.ts";
import type { Address } from "../../src/server/address.ts";
import { Connection } from "../../src/server/connection.ts";
import { hostControl } from "../../src/server/host-control.ts";
import { ledgerDatabase, ledgerScenario } from "../helpers/ledger.ts";
import { measureOptions, planWith, silentListener } from "../helpers/plan.ts";
import { type FreshDatabase, type OwnServer, startServer } from "../helpers/postgres.ts";
import { hasServer14 } from "../helpers/postgresql-14.ts";

/** A server of a test file's own: faults that reach beyond a database disturb nobody else. */
export interface FaultServer {
  readonly home: string;
  /** The npm package with its programs. */
  readonly packageFolder: string;
  readonly address: Address;
  readonly host: HostControl | null;
}

const versions = hasServer14 ? ([18, 14] as const) : ([18] as const);

/** The same tests on the newest and on the oldest supported server. */
export function onEachServer(tests: (server: () => FaultServer) => void): void {
  describe.each(versions)("on PostgreSQL %i", (version) => {
    let server: FaultServer & OwnServer;

    beforeAll(async () => {
      const own = await startServer(version);
      server = { ...own, host: hostControl(own.home, own.packageFolder) };
    });

    afterAll(() => server.stop());

    tests(() => server);
  });
}

/** As the command line arms it, such as `kill-backends:count=2@300ms+1s`. */
export function armText(text: string, faults: readonly Fault[]): ArmedFault {
  const written = parseFaultText(text);
  if (!written.ok) throw new Error(written.problems.join("; "));
  const { name, given, startMs, lengthMs } = written.value;
  const fault = faults.find((one) => one.name === name);
  if (fault === undefined) throw new Error(`there is no fault ${name}`);
  const parameters = checkParameters(name, given, fault.parameters);
  if (!parameters.ok) throw new Error(parameters.problems.join("; "));
  const task = fault.endsByItself ? { endsByItself: true as const } : {};
  const planned = { text, name, parameters: parameters.value, startMs, lengthMs, ...task };
  return { planned, fault, parameters: parameters.value };
}

export interface FaultRun {
  readonly texts: readonly string[];
  /** Where the texts' faults are looked up. */
  readonly faults: readonly Fault[];
  readonly scenario?: Scenario;
  readonly plan?: Partial<Plan>;
  /** Ends the run at the first sample of which this is true; without it when all faults are over. */
  readonly enough?: (sample: RunSample) => boolean;
  /** Before the run: what the database has beside the ledger. */
  readonly prepare?: (database: FreshDatabase) => Promise<void>;
  /** Ends the run when it resolves. Without it and `enough` the end of the faults does. */
  readonly until?: (database: FreshDatabase, phases: readonly string[]) => Promise<void>;
  /** While the run goes on, before it is ended, which it may do itself; `phases` as they are told. */
  readonly meanwhile?: (
    database: FreshDatabase,
    phases: readonly string[],
    end: () => void,
  ) => Promise<void>;
}

export interface FaultSeen {
  readonly measured: Measured;
  readonly course: FaultCourse;
  readonly evidence: FaultEvidence;
  readonly proof: Proof;
  /** What the server still has of the faults after the run: backends and prepared transactions. */
  readonly left: readonly string[];
}

/** Four sessions append as fast as they can, until the faults have come and gone. Of the first fault. */
export async function runFaults(server: FaultServer, given: FaultRun): Promise<FaultSeen> {
  const database = await ledgerDatabase(server.address);
  const journalFolder = await mkdtemp(join(tmpdir(), "loadgen-fault-"));
  const armed = given.texts.map((text) => armText(text, given.faults));
  const interruption = new AbortController();
  const end = () => interruption.abort("SIGINT");
  const phases: string[] = [];
  let left = armed.length;
  try {
    await given.prepare?.(database);
    const measuring = measure(
      measureOptions({
        plan: planWith({
          sessions: 4,
          transactionsPerSession: null,
          durationMs: 600_000,
          thinkMs: [1, 5],
          graceMs: 2_000,
          ...given.plan,
        }),
        scenario: given.scenario ?? ledgerScenario(),
        address: database.address,
        journalFolder,
        armed,
        host: server.host,
        interrupted: interruption.signal,
        listener: {
          ...silentListener,
          phase(text) {
            phases.push(text);
            const isLast = text.startsWith("fault over") && --left === 0;
            if (isLast && given.enough === undefined) end();
          },
          sample: (sample) => {
            if (given.enough?.(sample) === true) end();
          },
        },
      }),
    );
    const meanwhile = given.meanwhile?.(database, phases, end);
    const until = given.until?.(database, phases).finally(end);
    const [measured] = await Promise.all([measuring, meanwhile, until]);
    const [course] = measured.courses;
    if (course === undefined) throw new Error("expected a fault");
    const evidence = evidenceAround(course, measured);
    if (evidence === null)
      throw new Error(`it never came: ${course.injectProblem ?? "no problem"}`);
    const proof = course.armed.fault.prove(evidence, course.armed.parameters);
    return { measured, course, evidence, proof, left: await leftOn(database) };
  } finally {
    await database.drop();
    await rm(journalFolder, { recursive: true });
  }
}

/** Locks go with the backends that hold them. The test's own connection may have gone with its server. */
async function leftOn({ address }: FreshDatabase): Promise<readonly string[]> {
  const rows = await Connection.use(address, "loadgen/test", (connection) =>
    connection.query(
      `select application_name as what from pg_catalog.pg_stat_activity
       where datname = current_database() and application_name like 'loadgen/%'
         and application_name <> 'loadgen/test'
       union all
       select gid from pg_catalog.pg_prepared_xacts`,
    ),
  );
  return rows.map(({ what }) => String(what));
}

/** Ends the backends that a fault has opened, as somebody else may do, and waits until they are gone. */
export async function endBackendsOfFaults({ connection }: FreshDatabase): Promise<void> {
  await connection.query(`select pg_terminate_backend(pid, 5000) ${backendsOfFaults}`);
}

export async function countBackendsOfFaults({ connection }: FreshDatabase): Promise<number> {
  const [row] = await connection.query(`select count(*)::int4 as count ${backendsOfFaults}`);
  return Number(row?.count);
}

const backendsOfFaults = `
  from pg_catalog.pg_stat_activity
  where datname = current_database() and application_name = 'loadgen/fault'`;
