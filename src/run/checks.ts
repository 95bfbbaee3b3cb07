/** What can be known to fail before anything starts: all of it at once. */
import type { Address } from "../server/address.ts";
import { connectionProblems } from "../server/connection-room.ts";
import { Connection } from "../server/connection.ts";
import { systemIdentifierOf } from "../server/fingerprint.ts";
import type { ArmedFault } from "./chaos.ts";
import type { RunRequest } from "./request.ts";

/** A run that its server, or its owner's consent, does not allow. Exit code 2 or 3. */
export class RunRefused extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.name = "RunRefused";
    this.problems = problems;
  }
}

type ServerChecks = Pick<RunRequest, "plan" | "armed" | "server">;

/** Observers (two), faults, counters and audit, beside the sessions. */
export const ownConnections = 5;

/** Before anything is created: room for the sessions, and the owner's consent. Throws RunRefused. */
export async function checkServer({ plan, armed, server }: ServerChecks): Promise<void> {
  const problems = await Connection.use(server.address, applicationName, async (connection) => [
    ...(await connectionProblems(connection, {
      sessions: plan.sessions,
      connections: (plan.poolMax ?? plan.sessions) + ownConnections,
    })),
    ...(await consentProblems({ plan, armed, server }, connection)),
  ]);
  refuseOn(problems);
}

/** In the run's database: what the faults need there. Throws RunRefused. */
export async function checkFaults(armed: readonly ArmedFault[], address: Address): Promise<void> {
  const problems = await Connection.use(address, applicationName, async (connection) => {
    const found = await Promise.all(armed.map(({ fault }) => fault.check(connection)));
    return [...(await journalProblems(armed, connection)), ...found.flat()];
  });
  refuseOn(problems);
}

/** Whatever reaches beyond the sessions is journalled in the database, in a schema of our own. */
async function journalProblems(
  armed: readonly ArmedFault[],
  connection: Connection,
): Promise<readonly string[]> {
  if (armed.every(({ fault }) => fault.radius === "session")) return [];
  const [row] = await connection.query(
    "select has_database_privilege(current_database(), 'create') as allowed, current_user as login",
  );
  if (row?.allowed === true) return [];
  return [
    `faults are journalled in the database, which needs CREATE on it: grant it to ${String(row?.login)}`,
  ];
}

const applicationName = "loadgen/checks";

function refuseOn(problems: readonly string[]): void {
  if (problems.length > 0) throw new RunRefused(problems);
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
            `--chaos ${planned.text} would break the database ${server.address.database}, which loadgen did not create: ` +
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
