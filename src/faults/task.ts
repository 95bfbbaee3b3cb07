/**
 * Side tasks: work on a connection of their own while the load goes on, over when it is done. What
 * became of it, how long it took and who waited for it are its figures.
 */
import type { Figures } from "../core/evidence.ts";
import { blockedText, watchBlocked } from "./blocked-sessions.ts";
import type { FaultConnection, FaultContext, FaultTarget, InForce, Proof } from "./fault.ts";

/** As figures, for a proof. */
export interface TaskSeen {
  readonly outcome: "done" | "failed" | "not finished";
  readonly tookMs: number;
  /** Of a failure: its SQLSTATE or transport code, and what the server said. Else empty. */
  readonly code: string;
  readonly message: string;
}

export interface TaskOptions {
  /** By which the server's views show it: in application_name, and ahead of every statement. */
  readonly name: string;
  readonly work: (connection: FaultTarget) => Promise<void>;
  /** What else is told of it. */
  readonly figures: () => Promise<Figures>;
  /** What only shows once its connection is gone. */
  readonly afterwards: () => Promise<Figures>;
}

/** Begins the work, and does not wait for it. */
export async function beginTask(context: FaultContext, options: TaskOptions): Promise<InForce> {
  const connection = await context.connect();
  await connection.query("select set_config('application_name', $1, false)", [
    applicationName(options.name),
  ]);
  const startMs = performance.now();
  const tookMs = () => Math.round(performance.now() - startMs);
  let seen: TaskSeen | null = null;
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  context.background(async (over) => {
    try {
      await options.work(tagged(connection, options.name));
      seen = { outcome: "done", tookMs: tookMs(), code: "", message: "" };
    } catch (error) {
      // It was given up: then this is only how its connection ended.
      if (!over.aborted) seen = { outcome: "failed", tookMs: tookMs(), ...failureOf(error) };
    }
    end();
  });
  const blocked = watchBlocked(context, () => [connection.pid]);
  return {
    ended,
    async figures() {
      const unfinished = { outcome: "not finished", tookMs: tookMs(), code: "", message: "" };
      // First of all, for whatever is asked below takes time in which it may end.
      const result = seen ?? unfinished;
      return { ...(await options.figures()), ...(await blocked()), ...result };
    },
    afterwards: options.afterwards,
    release: () => Promise.resolve(),
  };
}

/**
 * Of a process that was killed: its backend notices within a second that nobody is there, and goes on
 * until then. What is undone before that, it would do again.
 */
export async function endLeftAtWork(target: FaultTarget, name: string): Promise<void> {
  await target.query(
    `select pg_catalog.pg_terminate_backend(pid, $2) from pg_catalog.pg_stat_activity
     where datname = current_database() and application_name = $1`,
    [applicationName(name), goneWithinMs],
  );
}

/** It rolls back first, and a copy of a large table may be a lot of that. */
const goneWithinMs = 20_000;

function applicationName(name: string): string {
  return `loadgen/${name}`;
}

/** The tag comes first: the server's views cut long statements off. */
function tagged(connection: FaultConnection, name: string): FaultTarget {
  return {
    query: (sql, parameters) => connection.query(`/* loadgen:${name} */ ${sql}`, parameters),
  };
}

function failureOf(error: unknown): Pick<TaskSeen, "code" | "message"> {
  const { code = "", cause, message } = error as { code?: string } & Error;
  // The server's own words, without the address before them.
  const words = cause instanceof Error ? cause.message : message;
  return { code, message: words.replace(/\s+/g, " ") };
}

/** What it did, in words; effective if it was done, and `shown` holds. */
export function proofOfTask(
  figures: Figures,
  { shown, details }: { readonly shown: boolean; readonly details: string },
): Proof {
  const { outcome = "not begun", tookMs = 0, code = "", message = "" } = figures;
  const failure = outcome === "failed" ? ` (${code === "" ? "" : `${code}: `}${message})` : "";
  const cancelled = outcome === "not finished" ? " and was cancelled" : "";
  const seconds = (Number(tookMs) / 1000).toFixed(1);
  return {
    effective: outcome === "done" && shown,
    evidence: `it ${wordsOf[String(outcome)] ?? outcome} after ${seconds} s${cancelled}${failure}: ${details}; ${blockedText(figures)}`,
  };
}

const wordsOf: Readonly<Record<string, string>> = {
  done: "was done",
  failed: "failed",
  "not finished": "was not finished",
};
