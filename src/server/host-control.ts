/**
 * The processes of the embedded server, to be stopped where they are, ended and started again: what
 * faults of the host do. Which processes those are, /proc says; nothing asks the server.
 */
import { statfs } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { ProcessStat } from "../core/process-stat.ts";
import { ServerError } from "./connection.ts";
import { clusterState } from "./control-file.ts";
import { startEmbedded } from "./embedded.ts";
import { filesIn, type HomeFiles, withHomeLock } from "./home.ts";
import { samePort } from "./port.ts";
import { awaitEnd, findPostmaster, type Postmaster, shutDown } from "./postmaster.ts";
import { familyOf, signal } from "./processes.ts";

/** How many of the server's processes are stopped, of how many; none where it does not run. */
export interface ProcessCount {
  readonly stopped: number;
  readonly all: number;
}

export interface EmbeddedHost {
  freeze(): Promise<number>;
  thaw(): Promise<void>;
  processes(): Promise<ProcessCount>;
  stop(how: "immediate" | "fast"): Promise<void>;
  start(): Promise<void>;
  clusterState(): Promise<string>;
  freeBytes(): Promise<number>;
}

/** @param packageFolder the npm package with the programs; without it the bundled one. */
export function hostControl(home: string, packageFolder?: string): EmbeddedHost {
  const files = filesIn(home);
  const family = () => familyIn(files);
  return {
    freeze: () => freeze(files),
    async thaw() {
      const [postmaster, ...children] = await family();
      // The postmaster last: it may have much to clear away, and finds its children at work.
      for (const { pid } of children) signal(pid, "SIGCONT");
      if (postmaster !== undefined) signal(postmaster.pid, "SIGCONT");
      await settled(family, isMoving, "goes on");
    },
    async processes() {
      const all = await family();
      return { stopped: all.filter(isStopped).length, all: all.length };
    },
    async stop(how) {
      // What is stopped takes no signal but this one.
      await this.thaw();
      await withHomeLock(files.home, () => end(files, how));
    },
    async start() {
      // The run knows the server by its port.
      await startEmbedded(home, packageFolder, samePort);
    },
    clusterState: () => clusterState(files.dataFolder),
    async freeBytes() {
      const { bavail, bsize } = await statfs(files.dataFolder);
      return bavail * bsize;
    },
  };
}

/** The postmaster first: from then on there are no new children. */
async function freeze(files: HomeFiles): Promise<number> {
  const family = () => familyIn(files);
  const { pid } = await running(files);
  signal(pid, "SIGSTOP");
  const all = await settled(family, isStopped, "stops", (moving) => {
    for (const one of moving) signal(one.pid, "SIGSTOP");
  });
  return all.length;
}

async function end(files: HomeFiles, how: "immediate" | "fast"): Promise<void> {
  const { pid } = await running(files);
  if (how === "fast") return shutDown(pid, files.dataFolder);
  signal(pid, "SIGQUIT");
  await awaitEnd(pid, files.dataFolder);
}

async function running({ dataFolder }: HomeFiles): Promise<Postmaster> {
  const postmaster = await findPostmaster(dataFolder);
  if (postmaster === null) throw new ServerError(`no server runs in ${dataFolder}`, "");
  return postmaster;
}

/** The postmaster first; empty where it does not run. */
async function familyIn({ dataFolder }: HomeFiles): Promise<readonly ProcessStat[]> {
  const postmaster = await findPostmaster(dataFolder);
  if (postmaster === null) return [];
  const all = await familyOf(postmaster.pid);
  return [...all].sort((one) => (one.pid === postmaster.pid ? -1 : 1));
}

function isStopped({ state }: ProcessStat): boolean {
  return state === "T";
}

function isMoving(process: ProcessStat): boolean {
  return !isStopped(process);
}

/** A process in the middle of a write to the disk takes its signal after it. */
const settleMsMax = 10_000;
const pollMs = 5;

/** Until all processes are so; `others` may do something about those that are not. */
async function settled(
  family: () => Promise<readonly ProcessStat[]>,
  isSo: (process: ProcessStat) => boolean,
  what: string,
  others: (left: readonly ProcessStat[]) => void = () => undefined,
): Promise<readonly ProcessStat[]> {
  const endMs = performance.now() + settleMsMax;
  for (;;) {
    const all = await family();
    const left = all.filter((one) => !isSo(one));
    if (left.length === 0) return all;
    if (performance.now() > endMs) {
      const pids = left.map(({ pid }) => pid).join(", ");
      throw new ServerError(
        `not every process of the server ${what} within ${settleMsMax / 1000} s: ${pids}`,
        "",
      );
    }
    others(left);
    await sleep(pollMs);
  }
}
