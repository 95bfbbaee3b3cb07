/**
 * A k6 under way: started with all that would make it speak to the outside switched off. It ends with
 * loadgen, also when its sessions hang in the driver.
 */
import { KeptProcess } from "../../server/kept-process.ts";

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

export class K6Process extends KeptProcess {
  constructor({ path, folder, script, lines, env, more }: K6Command) {
    super({
      program: path,
      words: [...quietly(lines), ...more, script],
      folder,
      env: { ...environmentOfOurs(), ...env },
      user: null,
      // What its sessions have told is read once it has ended.
      takesFolder: false,
    });
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
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(K6_|PG(?!PASSFILE$)|LOADGEN_)/.test(name),
  );
  return {
    ...(Object.fromEntries(kept) as Record<string, string>),
    // Otherwise a module that it has not would be asked for on the network.
    K6_AUTO_EXTENSION_RESOLUTION: "false",
  };
}
