/** Serves a run's page while the run goes on, and hands it the finished report. */
import type { Plan } from "../core/plan.ts";
import { liveListener } from "../live/listener.ts";
import { LiveServer } from "../live/server.ts";
import type { LiveEvent } from "../report/page/live-event.ts";
import { livePageText } from "../report/page/live-page.ts";
import { type PlanAround, runPlanLines } from "../report/plan-lines.ts";
import { runPageText } from "../report/page/run-page.ts";
import type { RunListener } from "../run/listener.ts";
import { UsageError } from "./problems.ts";
import { pageAssets } from "./run-page.ts";
import { runFiles } from "./run-files.ts";

export interface Live {
  readonly url: string;
  readonly listener: Omit<RunListener, "interval">;
  /** From now on the page is there. */
  readonly show: (plan: Plan, around: PlanAround) => Promise<void>;
}

interface Where {
  /** Null: no page is served; 0: at any free port. */
  readonly port: number | null;
  /** Of the run. */
  readonly warmupMs: number;
  /** The run's folder. */
  readonly path: string;
  /** The same as a command line names it. */
  readonly shown: string;
}

/**
 * Performs `work` beside the page's server, which tells how it ended and is closed by then. Throws a
 * UsageError, before anything begins, where the port cannot be had; else rejects as `work` does.
 */
export async function withLive<T>(
  where: Where,
  work: (live: Live | null) => Promise<T>,
): Promise<T> {
  if (where.port === null) return work(null);
  const server = await opened(where.port);
  let end: LiveEvent = { name: "ended", data: { why: "it was stopped" } };
  try {
    const result = await work(liveOf(server, where));
    // It stays what it came to, also where its page cannot be made.
    end = await reportIn(where).catch((error: unknown) => endedBy(error));
    return result;
  } catch (error) {
    end = endedBy(error);
    throw error;
  } finally {
    await server.end(end);
  }
}

async function opened(port: number): Promise<LiveServer> {
  try {
    return await LiveServer.open(port);
  } catch (error) {
    const { code } = error as { code?: string };
    const why = code === "EADDRINUSE" ? "is in use" : `cannot be had (${code ?? String(error)})`;
    throw new UsageError([`--ui-port: expected a free port on 127.0.0.1: ${port} ${why}`]);
  }
}

function liveOf(server: LiveServer, { warmupMs }: Where): Live {
  return {
    url: server.url,
    listener: liveListener({
      tell: (event) => server.tell(event),
      clockMs: () => performance.now(),
      warmupMs,
    }),
    async show(plan, around) {
      const { scenario, durationMs } = plan;
      const { token } = server;
      const data = { kind: "live", token, warmupMs, durationMs, folder: around.folder } as const;
      const page = { scenario, plan: runPlanLines(plan, around), data };
      server.serve(livePageText(page, await pageAssets()));
    },
  };
}

/** The page in the browser has script and style already. */
async function reportIn({ path, shown }: Where): Promise<LiveEvent> {
  const stored = await runFiles(path);
  if (!stored.ok) return { name: "ended", data: { why: stored.problems.join("; ") } };
  const html = runPageText(stored.value, shown, { script: "", style: "" });
  return { name: "report", data: { html } };
}

function endedBy(error: unknown): LiveEvent {
  return { name: "ended", data: { why: whyOf(error) } };
}

/** In short; the terminal has all of it. */
function whyOf(error: unknown): string {
  if (error instanceof UsageError) return error.problems.join("; ");
  return error instanceof Error ? error.message : `stopped by ${String(error)}`;
}
