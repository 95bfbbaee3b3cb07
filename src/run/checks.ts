/** What can be known to fail before anything starts: all of it at once. */
import { exitCodes } from "../core/verdict.ts";
import { pgbouncerProblems } from "../faults/pgbouncer.ts";
import type { HostControl } from "../faults/host.ts";
import { sideTask } from "../faults/while.ts";
import type { Address } from "../server/address.ts";
import { connectionProblems } from "../server/connection-room.ts";
import { Connection } from "../server/connection.ts";
import { systemIdentifierOf } from "../server/fingerprint.ts";
import { privilegesOf } from "../server/privileges.ts";
import type { ArmedFault } from "./faults/fault-course.ts";
import type { RunRequest } from "./request.ts";
import { isOnPooler } from "./faults/ways.ts";

/** A run that its server, or its owner's consent, does not allow. */
export class RunRefused extends Error {
  readonly problems: readonly string[];
  /** 3 where a privilege is missing, 2 where something else should have been asked for. */
  readonly exitCode: 2 | 3;

  constructor(unasked: readonly string[], forbidden: readonly string[]) {
    const problems = [...unasked, ...forbidden];
    super(problems.join("\n"));
    this.name = "RunRefused";
    this.problems = problems;
    this.exitCode = forbidden.length > 0 ? exitCodes.server : exitCodes.usage;
  }
}

interface ServerChecks extends Pick<RunRequest, "plan" | "armed" | "server"> {
  /** Where PgBouncer is on this machine; null: nowhere. */
  readonly pgbouncer: string | null;
  /** How many of the sessions the server will see. */
  readonly connections: number;
}

/** Observers (two), faults, counters and audit, beside the sessions. */
export const ownConnections = 5;

/** Before anything is created: room for the sessions, consent and privileges. Throws RunRefused. */
export async function checkServer(checks: ServerChecks): Promise<void> {
  const { plan, server, pgbouncer, connections } = checks;
  await Connection.use(server.address, applicationName, async (connection) => {
    const unasked = [
      ...(await connectionProblems(connection, {
        sessions: plan.sessions,
        connections: connections + ownConnections,
      })),
      ...(await consentProblems(checks, connection)),
    ];
    const forbidden = [
      ...(plan.existing ? [] : await creationProblems(connection)),
      ...(isOnPooler(plan) ? await pgbouncerProblems(connection, pgbouncer, wish) : []),
    ];
    refuseOn(unasked, forbidden);
  });
}

const wish = { by: "--pool-max on k6", otherwise: "leave --pool-max out" };

async function creationProblems(connection: Connection): Promise<readonly string[]> {
  const { createDatabase } = await privilegesOf(connection);
  if (createDatabase) return [];
  return [
    "a run creates a database of its own, which needs CREATEDB: " +
      "grant it (alter role … createdb), or run in a database as it is with --existing",
  ];
}

/** In the run's database: what the faults need there. Throws RunRefused. */
export async function checkFaults(
  armed: readonly ArmedFault[],
  address: Address,
  host: HostControl | null,
): Promise<void> {
  const forbidden = await Connection.use(address, applicationName, async (connection) => {
    const place = { target: connection, host };
    const found = await Promise.all(
      armed.map(({ fault, parameters }) => fault.check(place, parameters)),
    );
    return [...(await journalProblems(armed, connection)), ...found.flat()];
  });
  refuseOn([], forbidden);
}

/** Whatever does not end with this process is journalled in the database, in a schema of our own. */
async function journalProblems(
  armed: readonly ArmedFault[],
  connection: Connection,
): Promise<readonly string[]> {
  if (armed.every(({ fault }) => fault.undo === undefined)) return [];
  const [row] = await connection.query(
    "select has_database_privilege(current_database(), 'create') as allowed, current_user as login",
  );
  if (row?.allowed === true) return [];
  return [
    `faults are journalled in the database, which needs CREATE on it: grant it to ${String(row?.login)}`,
  ];
}

const applicationName = "loadgen/checks";

function refuseOn(unasked: readonly string[], forbidden: readonly string[]): void {
  if (unasked.length + forbidden.length > 0) throw new RunRefused(unasked, forbidden);
}

/** As it was given. */
function optionOf({ name, text }: ArmedFault["planned"]): string {
  return name === sideTask.name ? `--${text}` : `--chaos ${text}`;
}

/**
 * Session and database faults run on what loadgen created, cluster and host faults on the embedded
 * server; anything beyond needs its exact name, so that nobody breaks the wrong one.
 */
async function consentProblems(
  { plan, armed, server }: ServerChecks,
  connection: Connection,
): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const { fault, planned } of armed) {
    switch (fault.radius) {
      case "session":
        break;
      case "database":
        if (plan.existing && plan.allowChaosOn !== server.address.database) {
          problems.push(
            `${optionOf(planned)} would ${fault.endsByItself ? "change" : "break"} the database ${server.address.database}, which loadgen did not create: ` +
              `give --allow-chaos-on ${server.address.database} if you mean it`,
          );
        }
        break;
      case "cluster":
      case "host": {
        const identifier = await systemIdentifierOf(connection);
        if (!server.embedded && (identifier === null || plan.allowChaosOn !== identifier)) {
          problems.push(
            `--chaos ${planned.text} would break a server that loadgen did not start: ` +
              "give --allow-chaos-on with the system identifier that loadgen doctor prints, if you mean it",
          );
        }
      }
    }
  }
  return problems;
}
