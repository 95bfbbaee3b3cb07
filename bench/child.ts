/** Runs a program to its end, or until the bench is stopped; then whatever it started ends as well. */
import { spawn } from "node:child_process";

export interface Call {
  readonly program: string;
  readonly words: readonly string[];
  /** Beside our own environment, of which the PG* variables are left out. */
  readonly env: Readonly<Record<string, string>>;
  readonly stop: AbortSignal;
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  /** Undefined if it could not be started. */
  readonly pid: number | undefined;
  /** Tells of its output as it comes. */
  readonly onStdout: (listener: (text: string) => void) => void;
  /** Rejects with the reason of `stop`, once the program is gone, or if it could not be started. */
  readonly ended: Promise<Ended>;
}

/** Throws if the bench is stopped already. */
export function startChild({ program, words, env, stop }: Call): Started {
  stop.throwIfAborted();
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith("PG"));
  const child = spawn(program, words, {
    env: { ...Object.fromEntries(own), ...env },
    stdio: ["ignore", "pipe", "pipe"],
    // A process group of its own: a shell does not pass a signal on to what it runs.
    detached: true,
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
  const end = () => endGroup(child.pid);
  stop.addEventListener("abort", end, { once: true });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      if (stop.aborted) reject(stop.reason as Error);
      else resolve({ code, ...output });
    });
  });
  return {
    pid: child.pid,
    onStdout: (listener) => void child.stdout.on("data", listener),
    ended: ended.finally(() => stop.removeEventListener("abort", end)),
  };
}

export function runChild(call: Call): Promise<Ended> {
  return startChild(call).ended;
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGTERM");
  } catch (error) {
    // It has ended by itself, and its output is still being read.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
