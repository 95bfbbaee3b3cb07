/** Runs PostgreSQL's own programs as the user that the server belongs to. */
import { type ExecFileException, execFile } from "node:child_process";
import { join } from "node:path";
import type { Binaries } from "./binaries.ts";
import { ServerError } from "./connection.ts";
import type { OperatingUser } from "./operating-user.ts";

export interface ProgramResult {
  readonly ok: boolean;
  /** What it wrote to stdout and stderr. */
  readonly output: string;
}

/** Longer than `startTimeoutS` of pg_ctl, and than initdb needs on a slow disk. */
const programTimeoutMs = 120_000;

/** Runs initdb or pg_ctl to its end, as the server's user, in an environment of its own. */
export async function runProgram(
  binaries: Binaries,
  call: { readonly program: "initdb" | "pg_ctl"; readonly args: readonly string[] },
  user: OperatingUser | null,
): Promise<ProgramResult> {
  const path = join(binaries.folder, "bin", call.program);
  const options = {
    // A folder that the server's user can enter, unlike perhaps our own.
    cwd: binaries.folder,
    // PG* variables of ours must not reach it. PATH is for the shell that pg_ctl starts.
    env: { PATH: "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" },
    timeout: programTimeoutMs,
    ...(user === null ? {} : { uid: user.uid, gid: user.gid }),
  };
  return new Promise((done, fail) => {
    execFile(path, call.args, options, (error, stdout, stderr) => {
      if (typeof error?.code === "string") fail(cannotRun(path, error));
      else done({ ok: error === null, output: `${stdout}${stderr}`.trim() });
    });
  });
}

/** ENOENT on a file that is there: the C library that it was built for is missing (musl). */
function cannotRun(path: string, error: ExecFileException): ServerError {
  return new ServerError(
    `cannot run ${path}: ${error.message}. Name a server of your own with --url.`,
    String(error.code),
    error,
  );
}
