/** A k6 under way: started with all that would make it speak to the outside switched off. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

export interface K6Command {
  readonly path: string;
  /** Where the script is, and where k6 works. */
  readonly folder: string;
  /** Of the script, in that folder. */
  readonly script: string;
  /** The file that the sessions' lines go to, there, too. */
  readonly lines: string;
  readonly env: Readonly<Record<string, string>>;
  /** Such as an execution segment. */
  readonly more: readonly string[];
}

const logLengthMax = 4_000;

export class K6Process {
  readonly #child: ChildProcess;
  /** Resolves with how it ended, as a clause. */
  readonly ended: Promise<string>;
  #log = "";

  constructor({ path, folder, script, lines, env, more }: K6Command) {
    this.#child = spawn(path, [...quietly(lines), ...more, script], {
      cwd: folder,
      env: { ...environmentOfOurs(), ...env },
      stdio: ["ignore", "ignore", "pipe"],
      // A Ctrl-C in the terminal is for loadgen, which decides when this ends.
      detached: true,
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#log = (this.#log + text).slice(-logLengthMax);
    });
    this.ended = new Promise((resolve) => {
      this.#child.once("error", (error) => resolve(`could not be started: ${error.message}`));
      this.#child.once("close", (code, signal) =>
        resolve(signal === null ? `ended with ${code}` : `was ended by ${signal}`),
      );
    });
  }

  /** Null: it did not start. */
  get pid(): number | null {
    return this.#child.pid ?? null;
  }

  /** What it said last. */
  get log(): string {
    return this.#log.trim();
  }

  /** Whoever is in the middle of something loses it. Resolves when it is gone. */
  async kill(): Promise<void> {
    if (this.#child.pid === undefined || this.#child.exitCode !== null) return;
    if (this.#child.signalCode !== null) return;
    this.#child.kill("SIGKILL");
    await once(this.#child, "close");
  }
}

function quietly(lines: string): readonly string[] {
  return [
    "run",
    "--quiet",
    "--no-color",
    "--no-usage-report",
    // Its own counts would only grow: sessions keep and tell theirs.
    "--no-thresholds",
    "--summary-mode=disabled",
    "--address=",
    "--log-format=raw",
    `--console-output=${lines}`,
  ];
}

/** Ours, without what would tell k6, or the driver in it, something else than we do. */
function environmentOfOurs(): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name]) => !/^(K6_|PG|LOADGEN_)/.test(name));
  return {
    ...(Object.fromEntries(kept) as Record<string, string>),
    // Otherwise a module that it has not would be asked for on the network.
    K6_AUTO_EXTENSION_RESOLUTION: "false",
  };
}
