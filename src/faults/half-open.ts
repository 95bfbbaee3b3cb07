/**
 * half-open: connections that are dead, and nobody is told.
 *
 * What it does: a proxy in front of the server hands nothing on any more on `percent` of the
 * connections that are open, at least one, neither data nor an end, in either direction. Which ones
 * is drawn from the seed by the sessions' numbers. New connections pass: a path was lost, such as the
 * memory of a firewall that was restarted, and not the network.
 * Why it works: a client that waits for an answer waits until its own --timeout; the server keeps the
 * session, with its transaction and its locks, until keepalives or somebody end it.
 * What proves it: the proxy has dropped what one side or the other sent, and the server has sessions
 * on these very connections (it knows them by the proxy's ports, on a Unix socket by their names) that
 * are not at work and have not been heard of for half of the time that this lasts: what was under way
 * at the server as it began may have ended meanwhile.
 * What it leaves behind: nothing. Its undo resets those connections at both sides, so that clients
 * and server notice.
 * Privileges: none. Blast radius: session. Managed servers: works on all, with TLS, too. Behind a
 * PgBouncer, or whatever else gives connections other ports, there is no proof.
 */
import { counted } from "../core/counted.ts";
import type { Figures } from "../core/evidence.ts";
import type { Fault, FaultContext } from "./fault.ts";
import { networkOf, someConnections } from "./network.ts";
import type { NetworkConnection } from "./ways.ts";

export const halfOpen: Fault = {
  name: "half-open",
  summary: "PERCENT of the sessions' connections are dead, and nobody is told",
  radius: "session",
  dropsConnections: true,
  endsTransactions: true,
  parameters: {
    percent: { unit: "percent", min: 1, max: 100, default: 20, help: "of the open connections" },
  },
  via: () => "network",

  check: () => Promise.resolve([]),

  async inject(context, { percent }) {
    const network = networkOf(context);
    const ids = await someConnections(context, Number(percent));
    const chosen = await connectionsOf(context, ids);
    const [now] = await context.target.query("select clock_timestamp()::text as now");
    await network.silence(ids);
    return {
      figures: () => seenOf(context, chosen, String(now?.now)),
      release: async () => {
        await network.reset(ids);
      },
    };
  },

  prove({ figures }) {
    const { silenced = 0, inVain = 0, unheardOf = 0 } = figures;
    return {
      effective: Number(inVain) > 0 && Number(unheardOf) > 0,
      evidence:
        `on ${counted(Number(inVain), "connection")} of ${silenced} something was sent in vain; ` +
        `the server had ${counted(Number(unheardOf), "session")} on them not at work, of which it had not heard for half of the time`,
    };
  },
};

async function connectionsOf(
  context: FaultContext,
  ids: readonly number[],
): Promise<readonly NetworkConnection[]> {
  return (await networkOf(context).connections()).filter(({ id }) => ids.includes(id));
}

/** Sessions that come back have the names of those that are silent, but came later. */
async function seenOf(
  context: FaultContext,
  chosen: readonly NetworkConnection[],
  since: string,
): Promise<Figures> {
  const silenced = await connectionsOf(
    context,
    chosen.map(({ id }) => id),
  );
  const [row] = await context.target.query(
    `select count(*)::int4 as unheard
     from pg_catalog.pg_stat_activity
     where datname = current_database() and backend_type = 'client backend'
       and starts_with(application_name, $1) and state <> 'active'
       and state_change < $2::timestamptz + (clock_timestamp() - $2::timestamptz) / 2
       and (client_port = any($3::int4[])
         or client_port = -1 and application_name = any($4::text[])
           and backend_start < $2::timestamptz)`,
    [
      context.sessions.prefix,
      since,
      chosen.flatMap(({ serverPort }) => serverPort ?? []),
      chosen.map(({ applicationName }) => applicationName),
    ],
  );
  return {
    silenced: chosen.length,
    inVain: silenced.filter(({ bytesInVain }) => bytesInVain > 0).length,
    unheardOf: Number(row?.unheard),
  };
}
