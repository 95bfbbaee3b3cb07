/**
 * kill-backends: the server ends some of the run's sessions, again and again.
 *
 * What it does: pg_terminate_backend on `count` backends of the run's sessions, at once and then
 * every `every`. Which ones is drawn from the seed by the sessions' numbers, so that the same
 * sessions are hit again, whatever process ids the server gives them.
 * Why it works: a terminated backend rolls back what it was doing and says goodbye with SQLSTATE
 * 57P01; between a durable COMMIT and its reply it may go, too, and then its client cannot know.
 * What proves it: backends that the server was asked to end are gone from pg_stat_activity.
 * What it leaves behind: nothing; the sessions reconnect by themselves.
 * Privileges: the role of the sessions, or pg_signal_backend (since 9.6; superusers only a superuser
 * may end). Blast radius: session. Managed servers: works on all.
 */
import { setTimeout as wait } from "node:timers/promises";
import { counted } from "../core/counted.ts";
import { type Fault, type FaultContext, type FaultTarget, nothingInForce } from "./fault.ts";
import { everyParameter, repeatedly } from "./repeatedly.ts";
import { sessionBackends } from "./run-sessions.ts";

export const killBackends: Fault = {
  name: "kill-backends",
  summary: "ends COUNT of the run's sessions every so often, chosen by the seed",
  radius: "session",
  dropsConnections: true,
  endsTransactions: true,
  parameters: {
    count: { unit: "sessions", min: 1, max: 10_000, default: 1, help: "how many each time" },
    every: everyParameter(1_000),
  },

  // The sessions' role is ours: whoever may connect may end his own.
  check: () => Promise.resolve([]),

  inject(context, { count, every }) {
    const seen = { asked: 0, gone: 0 };
    context.background((over) =>
      repeatedly(Number(every), over, async () => {
        const { asked, gone } = await killSome(context, Number(count), over);
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
const pollMs = 10;

interface Killed {
  readonly asked: number;
  readonly gone: number;
}

/** All are told at once, and then awaited: one that takes its time does not keep the others alive. */
async function killSome(
  { target, sessions, random }: FaultContext,
  count: number,
  over: AbortSignal,
): Promise<Killed> {
  const backends = await sessionBackends(target, sessions);
  const chosen = random
    .distinctBelow(backends.length, Math.min(count, backends.length))
    .flatMap((index) => backends[index]?.pid ?? []);
  const told = await target.query(
    `select pid from unnest($1::int4[]) as chosen (pid) where pg_catalog.pg_terminate_backend(pid)`,
    [chosen],
  );
  const pids = told.map(({ pid }) => Number(pid));
  const endMs = performance.now() + goneWithinMs;
  let left = await stillThere(target, pids);
  while (left > 0 && performance.now() < endMs && !over.aborted) {
    await wait(pollMs);
    left = await stillThere(target, pids);
  }
  return { asked: chosen.length, gone: pids.length - left };
}

async function stillThere(target: FaultTarget, pids: readonly number[]): Promise<number> {
  const [row] = await target.query(
    `select count(*)::int4 as count
     from pg_catalog.pg_stat_activity
     where pid = any($1::int4[])`,
    [pids],
  );
  return Number(row?.count);
}
