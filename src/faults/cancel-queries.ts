/**
 * cancel-queries: the server is asked to cancel what some of the run's sessions are doing, again and
 * again.
 *
 * What it does: pg_cancel_backend on `count` of the sessions that are in the middle of a statement,
 * at once and then every `every`. The seed draws an order of all sessions each time, and the first
 * ones in it that are active are taken.
 * Why it works: a backend that is told so ends its statement with SQLSTATE 57014, which fails the
 * transaction and keeps the connection. One that has finished its statement by then takes no notice,
 * and COMMIT is hardly ever interrupted: so fewer transactions fail than are asked to.
 * What proves it: cancels were sent to backends that the server showed as active, and clients got
 * 57014 while the fault was in force and none before. A statement_timeout has the same code: where
 * it struck in the baseline, too, nothing can be told apart, and the proof says no.
 * What it leaves behind: nothing.
 * Privileges: the role of the sessions. Blast radius: session. Managed servers: works on all.
 */
import { counted } from "../core/counted.ts";
import { type Fault, type FaultContext, nothingInForce } from "./fault.ts";
import { everyParameter, repeatedly } from "./repeatedly.ts";
import { sessionBackends } from "./run-sessions.ts";
import { queryCanceled } from "./sqlstate.ts";

export const cancelQueries: Fault = {
  name: "cancel-queries",
  summary: "cancels what COUNT of the run's sessions are doing every so often, chosen by the seed",
  radius: "session",
  dropsConnections: false,
  endsTransactions: true,
  parameters: {
    count: { unit: "sessions", min: 1, max: 10_000, default: 1, help: "how many each time" },
    every: everyParameter(200),
  },

  // The sessions' role is ours: whoever may connect may cancel his own.
  check: () => Promise.resolve([]),

  inject(context, { count, every }) {
    let sent = 0;
    context.background((over) =>
      repeatedly(Number(every), over, async () => {
        sent += await cancelSome(context, Number(count));
      }),
    );
    return Promise.resolve({ ...nothingInForce, figures: () => Promise.resolve({ sent }) });
  },

  prove({ baseline, fault, figures }) {
    const sent = Number(figures.sent ?? 0);
    const canceled = fault.errors[queryCanceled] ?? 0;
    const before = baseline?.errors[queryCanceled] ?? 0;
    return {
      effective: sent > 0 && canceled > 0 && before === 0,
      evidence:
        `${counted(sent, "cancel")} sent to active sessions, of which clients were told ` +
        `${counted(canceled, "time")} (${queryCanceled}), ${before} in the baseline`,
    };
  },
};

/** How many were sent. */
async function cancelSome(
  { target, sessions, random }: FaultContext,
  count: number,
): Promise<number> {
  const drawn = random.shuffled(await sessionBackends(target, sessions));
  // Who is active is asked again, in the statement that cancels: most statements take less than a question.
  const [row] = await target.query(
    `select count(*) filter (where pg_catalog.pg_cancel_backend(pid))::int4 as sent
     from (
       select activity.pid
       from unnest($1::int4[]) with ordinality as drawn (pid, turn)
       join pg_catalog.pg_stat_activity as activity on activity.pid = drawn.pid
       where activity.state = 'active' and starts_with(activity.application_name, $2)
       order by drawn.turn
       limit $3
     ) as chosen`,
    [drawn.map(({ pid }) => pid), sessions.prefix, count],
  );
  return Number(row?.sent);
}
