/**
 * Processes and folders that end with loadgen, however that ends: after kill -9 no code of ours runs
 * any more. So a shell keeps each of them, which waits for the end of its standard input: that is held
 * by loadgen alone, and so ends with it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import type { OperatingUser } from "./operating-user.ts";

export interface KeptCommand {
  readonly program: string;
  readonly words: readonly string[];
  /** Where it works. */
  readonly folder: string;
  /** All that it has: secrets stand here, and never in the words. */
  readonly env: NodeJS.ProcessEnv;
  /** Whom it runs as; null: whoever this process runs as. */
  readonly user: OperatingUser | null;
  /** Its folder is taken away once it has ended, by itself or not. */
  readonly takesFolder: boolean;
}

const logLengthMax = 4_000;

export class KeptProcess {
  readonly #child: ChildProcess;
  /** Resolves with how it ended, as a clause. */
  readonly ended: Promise<string>;
  #isOver = false;
  #pid: number | null = null;
  #log = "";

  constructor({ program, words, folder, env, user, takesFolder }: KeptCommand) {
    const taken = takesFolder ? folder : "";
    this.#child = spawn("/bin/sh", ["-c", processKeeper, taken, program, ...words], {
      cwd: folder,
      env,
      stdio: ["pipe", "pipe", "pipe"],
      // A Ctrl-C in the terminal is for loadgen, which decides when this ends.
      detached: true,
      ...(user === null ? {} : { uid: user.uid, gid: user.gid }),
    });
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#pid = Number(text);
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#log = (this.#log + text).slice(-logLengthMax);
    });
    this.ended = new Promise((resolve) => {
      const over = (how: string) => {
        this.#isOver = true;
        resolve(how);
      };
      this.#child.once("error", (error) => over(`could not be started: ${error.message}`));
      this.#child.once("close", (code, signal) => over(endText(code, signal)));
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Of the program itself; null until it was started. */
  get pid(): number | null {
    return this.#pid;
  }

  /** What it said last, on stderr. */
  get log(): string {
    return this.#log.trim();
  }

  /** Whoever is in the middle of something loses it. Resolves when it is gone. */
  async kill(): Promise<void> {
    this.#child.stdin?.end();
    await this.ended;
  }
}

/**
 * Ends the program as soon as standard input does. It has nothing to lose, and signals mean something
 * else from program to program: hence KILL. The reader only tells the shell that waits for the
 * program, and ends with it: a process id may be somebody else's once nobody waits for it. What the
 * shell has to say of that finds nobody to read it any more, which must not be its own end. The
 * second wait is for a program that was told to end, whose first one the signal has cut short.
 */
const processKeeper = `
trap '' PIPE
exec 3<&0
"$@" </dev/null >/dev/null 3<&- &
program=$!
trap 'kill -KILL "$program"' TERM
echo "$program"
{ read -r _ <&3; kill -TERM $$; } >/dev/null 2>&1 &
reader=$!
exec 3<&-
wait "$program"
code=$?
trap '' TERM
kill -KILL "$reader"
wait "$program" 2>/dev/null
[ -z "$0" ] || rm -rf "$0"
exit "$code"
`;

/** A shell says of a program that a signal has ended: 128, and the signal's number. */
function endText(code: number | null, ownSignal: NodeJS.Signals | null): string {
  const number = (code ?? 0) - 128;
  const [signal = ownSignal] =
    Object.entries(constants.signals).find(([, other]) => other === number) ?? [];
  return signal === null ? `ended with ${code}` : `was ended by ${signal}`;
}

/** A folder of its own, for this user alone. */
export interface KeptFolder {
  readonly path: string;
  /** With all that is in it. */
  readonly remove: () => Promise<void>;
}

/** @param prefix what its name begins with, among the temporary files. */
export async function keptFolder(prefix: string): Promise<KeptFolder> {
  const path = await mkdtemp(join(tmpdir(), prefix));
  const child = spawn("/bin/sh", ["-c", folderKeeper, path], {
    cwd: "/",
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  // Where there is no shell it is taken away by remove() alone.
  const gone = once(child, "close").catch(() => undefined);
  return {
    path,
    remove: async () => {
      child.stdin.end();
      await gone;
      await rm(path, { recursive: true, force: true });
    },
  };
}

/** Whoever works in it is being ended at the same time, and may still put a file into it. */
const folderKeeper = `
read -r _
rm -rf "$0" || { sleep 1; rm -rf "$0"; }
`;
