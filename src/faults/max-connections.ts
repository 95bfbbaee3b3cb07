/**
 * max-connections: nearly every slot for a connection is taken.
 *
 * What it does: opens idle connections until the server itself refuses one more (53300), then gives
 * `free` of them back. Slots that are reserved count for whoever may use them: a superuser's login
 * fills those, too, and then administrators stand outside with everybody else.
 * Why it works: max_connections is fixed while a server runs. Sessions that are connected go on;
 * whoever comes, or comes back, beyond the free slots is told 53300 until somebody leaves.
 * What proves it: the server refused the next one at the injection, and right before the release it
 * still showed so many client backends as then, but for those given back, ours among them.
 * What it leaves behind: nothing: the slots are free once the connections are gone.
 * A limit of the role's or the database's own would be met before the server is full: the check says
 * so. As many connections as the server has slots take seconds to open, and open files.
 * Privileges: none. Blast radius: cluster. Managed servers: works on all, for everybody on it.
 */
import { counted, countText } from "../core/counted.ts";
import {
  type Fault,
  type FaultConnection,
  type FaultContext,
  type FaultTarget,
  nothingInForce,
} from "./fault.ts";
import { codeOf, tooManyConnections } from "./sqlstate.ts";

export const maxConnections: Fault = {
  name: "max-connections",
  summary: "takes every slot for a connection but FREE",
  radius: "cluster",
  dropsConnections: false,
  endsTransactions: true,
  parameters: {
    free: { unit: "slots", min: 0, max: 10_000, default: 3, help: "how many are left to others" },
  },

  async check({ target }) {
    const [row] = await target.query(limitsSql);
    const limits = [
      ["role", row?.role, row?.role_limit],
      ["database", row?.database, row?.database_limit],
    ] as const;
    return limits
      .filter(([, , limit]) => Number(limit) >= 0)
      .map(
        ([kind, name, limit]) =>
          `max-connections cannot fill the server: the ${kind} ${String(name)} may have ${counted(Number(limit), "connection")}; ` +
          `lift it with alter ${kind} … connection limit -1`,
      );
  },

  async inject(context, { free }) {
    const held = await takeAll(context);
    const full = await clientBackends(context.target, held);
    const back = held.splice(0, Number(free));
    await Promise.all(back.map((connection) => connection.end()));
    return {
      ...nothingInForce,
      async figures() {
        const now = await clientBackends(context.target, held);
        return {
          max: full.max,
          full: full.all,
          held: held.length,
          leaving: now.all,
          ours: now.ours,
        };
      },
    };
  },

  prove({ figures }, { free }) {
    const { max, full, held, leaving, ours } = figures;
    if (full === undefined || leaving === undefined) {
      return { effective: false, evidence: "the server's backends could not be counted" };
    }
    const isFull = Number(leaving) >= Number(full) - Number(free);
    return {
      effective: isFull && Number(held) > 0 && ours === held,
      evidence:
        `the server refused one more (${tooManyConnections}) when it had ${counted(Number(full), "client backend")} ` +
        `(max_connections ${max}); right before the release it had ${countText(Number(leaving))}, ` +
        `${countText(Number(ours))} of our ${countText(Number(held))} among them`,
    };
  },
};

/** -1: none. Limits of roles and databases are none for superusers. */
const limitsSql = `
  select current_user as role, current_database() as database,
    case when rolsuper then -1 else rolconnlimit end as role_limit,
    case when rolsuper then -1
      else (select datconnlimit from pg_catalog.pg_database where datname = current_database())
    end as database_limit
  from pg_catalog.pg_roles
  where rolname = current_user`;

/** One after the other would take a minute for a thousand; many more at once gain nothing. */
const openersMax = 8;

/** Until the server refuses one more. Throws what else it says. */
async function takeAll(context: FaultContext): Promise<FaultConnection[]> {
  const held: FaultConnection[] = [];
  let isOver = false;
  const open = async () => {
    while (!isOver) {
      try {
        held.push(await context.connect());
      } catch (error) {
        isOver = true;
        if (codeOf(error) !== tooManyConnections) throw error;
      }
    }
  };
  const opening = await Promise.allSettled(Array.from({ length: openersMax }, open));
  const failed = opening.find((one) => one.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return held;
}

/** Other roles' sessions hide their type from a login without pg_read_all_stats; they have a database. */
async function clientBackends(
  target: FaultTarget,
  ours: readonly FaultConnection[],
): Promise<{ readonly max: number; readonly all: number; readonly ours: number }> {
  const [row] = await target.query(
    `select current_setting('max_connections')::int4 as max, count(*)::int4 as all,
       count(*) filter (where pid = any($1::int4[]))::int4 as ours
     from pg_catalog.pg_stat_activity
     where datid is not null and coalesce(backend_type, 'client backend') = 'client backend'`,
    [ours.map(({ pid }) => pid)],
  );
  return { max: Number(row?.max), all: Number(row?.all), ours: Number(row?.ours) };
}
