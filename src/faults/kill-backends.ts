/**
 * kill-backends: the server ends some of the run's sessions, again and again.
 *
 * What it does: pg_terminate_backend on `count` backends of the run's sessions, at once and then
 * every `every`. Which ones is drawn from the seed by the sessions' numbers, so that the same
 * sessions are hit again, whatever process ids the server gives them.
 * Why it works: a terminated backend rolls back what it was doing and says goodbye with SQLSTATE
 * 57P01; between a durable COMMIT and its reply it may go, too, and then its client cannot know.
 * What proves it: the server, when asked to wait for it, says that the backend is gone.
 * What it leaves behind: nothing; the sessions reconnect by themselves.
 * Privileges: the role of the sessions, or pg_signal_backend (since 9.6; superusers only a superuser
 * may end). Blast radius: session. Managed servers: works on all.
 */
import { counted } from "../core/counted.ts";
import type { Fault, FaultContext } from "./fault.ts";
import { nothingInForce } from "./fault.ts";
import { repeatedly } from "./repeatedly.ts";
import { sessionBackends } from "./run-sessions.ts";

export const killBackends: Fault = {
  name: "kill-backends",
  summary: "ends COUNT of the run's sessions every so often, chosen by the seed",
  radius: "session",
  dropsConnections: true,
  endsTransactions: true,
  parameters: {
    count: { unit: "sessions", min: 1, max: 10_000, default: 1, help: "how many each time" },
    every: {
      unit: "ms",
      min: 10,
      max: 3_600_000,
      default: 1_000,
      help: "from one time to the next",
    },
  },

  // The sessions' role is ours: whoever may connect may end his own.
  check: () => Promise.resolve([]),

  inject(context, { count, every }) {
    const seen = { asked: 0, gone: 0 };
    context.background((over) =>
      repeatedly(Number(every), over, async () => {
        const { asked, gone } = await killSome(context, Number(count));
        seen.asked += asked;
        seen.gone += gone;
      }),
    );
    return Promise.resolve({ ...nothingInForce, figures: () => Promise.resolve({ ...seen }) });
  },

  prove({ fault, figures }) {
    const { asked = 0, gone = 0 } = figures;
    const killed =
      fault.server === null ? "" : ` (${fault.server.sessionsKilled} by its statistics)`;
    return {
      effective: Number(gone) > 0,
      evidence: `the server ended ${counted(Number(gone), "session")} of ${asked} that it was asked to end${killed}`,
    };
  },
};

/** Longer than a backend takes to roll back what the sessions of a run do. */
const goneWithinMs = 5_000;

async function killSome(
  { target, sessions, random }: FaultContext,
  count: number,
): Promise<{ readonly asked: number; readonly gone: number }> {
  const backends = await sessionBackends(target, sessions);
  const chosen = random
    .distinctBelow(backends.length, Math.min(count, backends.length))
    .flatMap((index) => backends[index] ?? []);
  if (chosen.length === 0) return { asked: 0, gone: 0 };
  // With a time to wait (since 14) it says whether the backend is gone, and not whether it was told.
  const [row] = await target.query(
    `select count(*) filter (where pg_catalog.pg_terminate_backend(pid, $2))::int4 as gone
     from unnest($1::int4[]) as chosen (pid)`,
    [chosen.map(({ pid }) => pid), goneWithinMs],
  );
  return { asked: chosen.length, gone: Number(row?.gone) };
}
